import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import { putAnswer } from "../../adapters/aws/cloudformation.ts";
import { createLog } from "../../adapters/aws/log.ts";
import { allViews } from "../../schemas/emit/sql.ts";
import { parseEnvironment } from "../environment.ts";
import { buildServices, clock, sql } from "../services.ts";
import { answer } from "./answer.ts";
import { environment } from "./env.ts";
import { createViews } from "./step.ts";

const logger = new Logger();

export const handler = middy<CloudFormationCustomResourceEvent, void>()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    const outcome = await answer(event, async () => {
      const services = buildServices(parseEnvironment(environment, process.env), {
        log: () => createLog(logger),
        clock,
        sql,
      });
      await createViews(allViews(), services);
    });
    if (outcome.Status === "FAILED") logger.error("views not created", { reason: outcome.Reason });
    await putAnswer(event.ResponseURL, outcome);
  });
