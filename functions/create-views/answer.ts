/** What a custom resource tells CloudFormation of its work. */
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from "aws-lambda";

/** CloudFormation takes at most 4 KiB in all. */
const longestReason = 1000;

/**
 * Does the work of a create or update and says how it went. Nothing is done on delete: the views go with the database.
 * It never throws: an unanswered request holds the deployment up until it times out.
 */
export async function answer(
  event: CloudFormationCustomResourceEvent,
  work: () => Promise<void>,
): Promise<CloudFormationCustomResourceResponse> {
  const about = {
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    // It stays the same for ever: a new one would make CloudFormation delete "the old views".
    PhysicalResourceId: "views",
  };
  try {
    if (event.RequestType !== "Delete") await work();
    return { ...about, Status: "SUCCESS" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...about, Status: "FAILED", Reason: reason.slice(0, longestReason) };
  }
}
