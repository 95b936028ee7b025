/**
 * The running installation that the tests call: tests/gateway/conftest.py started and described it.
 */
export interface Tenant {
  id: string;
  key: string;
  /** Row ids, by what `python_module` says. */
  modules: Record<string, string>;
  task: string;
  /** What the organization's secret WEBHOOK holds. */
  webhookSecret: string;
}

interface Installation {
  url: string;
  acme: Tenant;
  globex: Tenant;
}

export const { url, acme, globex } = JSON.parse(
  process.env.INSTALLATION ?? '{"url": "run make test-gateway"}',
) as Installation;

export function moduleOf(tenant: Tenant, pythonModule: string): string {
  const id = tenant.modules[pythonModule];
  if (id === undefined)
    throw new Error(`tests/gateway/conftest.py makes no module ${pythonModule}`);
  return id;
}

/** Nobody listens there: port 9 is reserved, and loopback answers at once. */
export const NOWHERE = "http://127.0.0.1:9";
