import { UserError } from '../../user-error.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { loadContract } from '../contract-file.ts';
import { envelope } from '../issuer/deliver.ts';
import { consumerOf, mint, secondsOf, wrapLife, type Delivery } from '../issuer/mint.ts';
import { asIssuer } from '../issuer/open.ts';
import { place, sshHost, type Target } from '../issuer/place.ts';
import { deliveredFile } from '../issuer/placing-script.ts';
import { withdraw } from '../issuer/withdraw.ts';

export const deliver: ClientCommand = {
  help: `
Place a wrapped SecretID into a Proxmox container before it starts.

  backbone deliver <consumer> [options]

By ssh to the Proxmox host, as root there: the stopped container is mounted (pct mount), and an envelope for
\`backbone bootstrap\` is placed at ${deliveredFile}, for the container's root alone. It stands in no argument,
no environment, no configuration of Proxmox and no state of Terraform. Everything is checked before a SecretID is
made: the container is the declared one (by its address), stopped, and has no delivery that waits. One that cannot be
placed is destroyed.

As whom: a token of secret-id-issuer, or an operator's, who becomes it for one call.

  --host <name>          the Proxmox host as ssh knows it; default root@<the declared node>
  --start                start the container at once: it has to take the SecretID while the wrapping lives
  --replace              overwrite a delivery that was not taken
  --wrap-ttl <duration>  life of the wrapping; default 5m, within the contract's bounds
  --arrive-within <duration>  when a sweep destroys it; default when the wrapping ends
  --json                 accessor and times on stdout

Exit status: 0 placed (and started); 1 not placed, or not started, which is said.

Example: backbone deliver unpoller --host root@pve1 --start
`,
  async run(args, env) {
    const { values, words } = parsed(
      args,
      {
        host: { type: 'string' },
        start: { type: 'boolean', default: false },
        replace: { type: 'boolean', default: false },
        'wrap-ttl': { type: 'string' },
        'arrive-within': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      { min: 1, max: 1 },
    );
    const [consumer = ''] = words;
    const given = values.host === undefined ? undefined : sshHost(values.host);
    const contract = loadContract(env);
    const { container, kind } = consumerOf(contract, consumer);
    if (container === undefined) {
      throw new UserError(
        kind === 'lxc'
          ? 'the contract does not say where its container is: make it anew with `backbone contract`'
          : `${consumer} is no container but of kind ${kind}: see \`backbone launch\``,
      );
    }
    const { start, replace } = values;
    const target: Target = { host: given ?? `root@${container.node}`, container, start, replace };
    const life = values['wrap-ttl'];
    const wrapTtl = wrapLife(
      contract,
      life === undefined ? undefined : secondsOf('wrap-ttl', life),
    );
    const within = values['arrive-within'];
    const arriveWithin = within === undefined ? wrapTtl : secondsOf('arrive-within', within);

    return asIssuer(env, async (issuer) => {
      let delivery: Delivery | undefined;
      let started: boolean;
      try {
        started = await place(target, env, async () => {
          delivery = await mint(issuer.connection, contract, issuer.ledger, {
            ...{ consumer, wrapTtl, arriveWithin },
          });
          return envelope(delivery);
        });
      } catch (error) {
        // The one who minted it, and nobody else, can say that nobody waits for it.
        if (delivery !== undefined) {
          await withdraw(issuer, delivery.accessor, 'it could not be placed');
        }
        throw error;
      }
      if (delivery === undefined) throw new Error('placed without having been made');
      const { accessor, expires } = delivery;
      const where = `container ${String(container.vmid)} on ${target.host}`;
      const now = !start
        ? `start it before ${expires}`
        : started
          ? `started; the SecretID ends ${expires}`
          : `it could not be started: start it before ${expires}`;
      process.stderr.write(`${consumer}: placed in ${where}, accessor ${accessor}; ${now}\n`);
      if (values.json) {
        const { vmid } = container;
        process.stdout.write(
          `${JSON.stringify({ consumer, accessor, expires, vmid, started: start && started })}\n`,
        );
      }
      return started ? 0 : 1;
    });
  },
};
