/** The Telegram service of a deployed function: beside services.ts, so that only who sends holds grammY in its bundle. */
import { createTelegram } from "../adapters/upstream/telegram.ts";
import type { Services } from "../core/ports.ts";
import type { Variables } from "./environment.ts";
import type { Builder } from "./services.ts";

/** Uses http and secrets. */
export const telegram: Builder<Pick<Variables, "SECRET_PREFIX">, Services["telegram"]> = (environment, services) => {
  const required = async (name: string): Promise<string> => {
    const value = await services.secrets.get(name);
    if (value !== undefined) return value;
    throw new Error(
      `secret ${name} is missing: store it with aws ssm put-parameter --type SecureString --name ${environment.SECRET_PREFIX}${name}`,
    );
  };
  return createTelegram({
    http: services.http,
    token: () => required("telegram-token"),
    chatId: () => required("telegram-chat-id"),
  });
};
