import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Figures for Prometheus. They name no consumer, no repository and no token: anybody who gets here may read them. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new Counter({
    name: 'github_broker_requests_total',
    help: 'Requests by what was asked and how it ended (ok, or the reason of the refusal)',
    labelNames: ['what', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly github = new Counter({
    name: 'github_broker_github_answers_total',
    help: 'Answers of GitHub: ok, the status of a refusal, or none',
    labelNames: ['status'] as const,
    registers: [this.registry],
  });
  readonly seconds = new Histogram({
    name: 'github_broker_request_seconds',
    help: 'Time from a request to its answer',
    labelNames: ['what'] as const,
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  readonly unrevoked = new Counter({
    name: 'github_broker_unrevoked_total',
    help: 'Tokens of verbs that could not be revoked and end by their hour',
    registers: [this.registry],
  });

  constructor(heldFor: () => number) {
    new Gauge({
      name: 'github_broker_held_seconds',
      help: 'For how long GitHub is left alone, as it said that it is too much',
      registers: [this.registry],
      collect() {
        this.set(heldFor());
      },
    });
  }
}
