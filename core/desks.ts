/** The list of desks. A desk is one file and one line here. */
import type { Desk } from "./desk.ts";
import { cryptoDesk } from "./crypto/desk.ts";
import { weatherDesk } from "./weather/desk.ts";

export const desks: readonly Desk[] = [weatherDesk, cryptoDesk];
