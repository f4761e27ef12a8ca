import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { createLog } from "../../adapters/aws/log.ts";
import { sockets } from "../../adapters/upstream/websocket.ts";
import { desks } from "../../core/desks.ts";
import { parseEnvironment } from "../environment.ts";
import { buildServices, clock, http, lake, queue, random, secrets, state } from "../services.ts";
import { environment, feeds as ids } from "./env.ts";
import { openFeeds } from "./feeds.ts";
import { holdStreams } from "./hold.ts";

const logger = new Logger();

/** The last writes, and what Lambda needs to end in peace. */
const reserveMs = 30_000;

export const handler = middy<unknown, void>()
  .use(injectLambdaContext(logger))
  .handler(async (_event, context) => {
    const services = buildServices(parseEnvironment(environment, process.env), {
      log: () => createLog(logger),
      clock,
      http,
      lake,
      queue,
      random,
      secrets,
      state,
    });
    const holder = `lambda-${context.awsRequestId.slice(0, 8)}`;
    const { feeds, skipped, headers, refresh } = await openFeeds(ids, holder, services);
    for (const one of skipped) services.log.warn("feed left out", { ...one });
    await holdStreams({
      feeds,
      holder,
      desks,
      sockets,
      services,
      signal: new AbortController().signal,
      until: services.clock.now() + context.getRemainingTimeInMillis() - reserveMs,
      givesWay: true,
      headers,
      refresh,
    });
  });
