import { fileURLToPath } from 'node:url';
import { readSchema } from '../provider-protocol/schema.ts';
import { serve } from '../provider-protocol/serve.ts';
import { Provider } from './provider.ts';

/** The plugin process: started by Terraform, ended by it, and never outliving it. */

const schema = fileURLToPath(new URL('./vault.json', import.meta.url));
const provider = new Provider(readSchema(schema, 'hashicorp/vault'), process.env);
const nothing = () => ({});

await serve({
  standsInFor: 'hashicorp/vault 5.6.0',
  protocol: 5,
  calls: {
    GetSchema: () => provider.getSchema(),
    PrepareProviderConfig: provider.prepareProviderConfig.bind(provider),
    ValidateResourceTypeConfig: provider.validateResource.bind(provider),
    ValidateDataSourceConfig: nothing,
    ValidateEphemeralResourceConfig: nothing,
    UpgradeResourceState: provider.upgradeState.bind(provider),
    Configure: provider.configure.bind(provider),
    ReadResource: provider.read.bind(provider),
    PlanResourceChange: provider.plan.bind(provider),
    ApplyResourceChange: provider.apply.bind(provider),
    ImportResourceState: provider.importState.bind(provider),
    ReadDataSource: provider.readData.bind(provider),
    OpenEphemeralResource: provider.openEphemeral.bind(provider),
    RenewEphemeralResource: nothing,
    CloseEphemeralResource: nothing,
    Stop: nothing,
  },
});
