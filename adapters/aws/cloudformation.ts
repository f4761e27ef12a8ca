/** Answers to CloudFormation's custom resources, put to the pre-signed address that came with the request. */
import type { CloudFormationCustomResourceResponse } from "aws-lambda";

/** @throws when CloudFormation does not take the answer. The address is a credential and stays out of the message. */
export async function putAnswer(url: string, answer: CloudFormationCustomResourceResponse): Promise<void> {
  // The signature covers an empty content type; fetch would send one of its own.
  const body = JSON.stringify(answer);
  const response = await fetch(url, { method: "PUT", headers: { "content-type": "" }, body });
  if (!response.ok) throw new Error(`CloudFormation answered ${response.status} to the outcome ${answer.Status}`);
}
