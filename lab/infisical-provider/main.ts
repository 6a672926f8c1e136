import { fileURLToPath } from 'node:url';
import { readSchema } from '../provider-protocol/schema.ts';
import { serve } from '../provider-protocol/serve.ts';
import { Provider } from './provider.ts';

/** The plugin process: started by Terraform, ended by it, and never outliving it. */

const schema = fileURLToPath(new URL('./infisical.json', import.meta.url));
const provider = new Provider(readSchema(schema, 'infisical/infisical'), process.env);
const nothing = () => ({});

await serve({
  standsInFor: 'infisical/infisical 0.19.24',
  protocol: 6,
  calls: {
    GetProviderSchema: () => provider.getSchema(),
    ValidateProviderConfig: nothing,
    ValidateResourceConfig: provider.validateResource.bind(provider),
    ValidateDataResourceConfig: nothing,
    ValidateEphemeralResourceConfig: nothing,
    UpgradeResourceState: provider.upgradeState.bind(provider),
    ConfigureProvider: provider.configure.bind(provider),
    ReadResource: provider.read.bind(provider),
    PlanResourceChange: provider.plan.bind(provider),
    ApplyResourceChange: provider.apply.bind(provider),
    ImportResourceState: provider.importState.bind(provider),
    ReadDataSource: nothing,
    OpenEphemeralResource: nothing,
    RenewEphemeralResource: nothing,
    CloseEphemeralResource: nothing,
    StopProvider: nothing,
  },
});
