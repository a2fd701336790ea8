import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../../src/shared/io/store-settings.ts';
import { bareClient, makeBucket, probeConditions } from '../support/s3-probe.ts';
import { storeConformance } from './store-suite.ts';

const GATEWAY = process.env.CITYSINK_TEST_CEPH;

if (GATEWAY === undefined) {
  describe.skip("store conformance: Ceph's gateway (run it with `npm run test:ceph`)", () => {
    it('needs a gateway started by scripts/ceph.ts', () => undefined);
  });
} else {
  storeConformance("Ceph's RADOS gateway", async () => {
    const bucket = `suite-${randomUUID()}`;
    const client = bareClient();
    await makeBucket(client, bucket);
    client.destroy();
    const store = openStore(`s3://${bucket}/`, {}, { ...DEFAULT_STORE_SETTINGS, s3PathStyle: true });
    return { store, base: `s3://${bucket}/`, exclusiveCreate: false, close: async () => undefined };
  });

  describe("Ceph's RADOS gateway", () => {
    it('honours conditions on reads', async () => {
      const bucket = `probe-${randomUUID()}`;
      const client = bareClient();
      await makeBucket(client, bucket);
      const statuses = await probeConditions(client, bucket);
      client.destroy();
      console.table(statuses);
      expect(statuses).toMatchObject({ 'GET If-Match, other ETag': 412, 'GET If-Match and Range': 412 });
    });
  });
}
