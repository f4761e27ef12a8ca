/** What create-views finds in its environment. Its grants stand in lib/views.ts: no step needs anything like them. */
import { variables } from "../environment.ts";

export const environment = variables.pick({
  POWERTOOLS_SERVICE_NAME: true,
  ATHENA_WORKGROUP: true,
  ATHENA_DATABASE: true,
});
