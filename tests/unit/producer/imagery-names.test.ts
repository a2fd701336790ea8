import { describe, expect, it } from 'vitest';
import { dayInName, productOf } from '../../../src/producer/imagery-names.ts';

describe('the day in a name', () => {
  it.each([
    ['s3://b/T50RQS_20210503T021609_B04.tif', '2021-05-03'],
    ['s3://b/LC08_L2SP_120039_20210607_20210615_02_T1_SR_B4.TIF', '2021-06-07'],
    ['s3://b/20210503/red.tif', '2021-05-03'],
    ['s3://b/20200101/red-20210503.tif', '2021-05-03'],
    ['s3://b/20200101/30000101/red.tif', '2020-01-01'],
    ['s3://b/red.tif', null],
    ['s3://b/tile-20211301.tif', null],
    ['s3://b/tile-20210532.tif', null],
    ['s3://b/tile120210503.tif', null],
    ['s3://b/a20210503.tif', null],
    ['s3://b/202105031.tif', null],
  ])('%s: %s', (url, day) => {
    expect(dayInName(url)).toBe(day);
  });
});

describe('the product in a path', () => {
  it.each([
    [
      's3://b/S2B_MSIL2A_20210503T021609_N0500_R003_T50RQS_20230101T000000/R10m/B04.tif',
      'S2B_MSIL2A_20210503T021609_N0500_R003_T50RQS_20230101T000000',
    ],
    ['s3://b/LC09_L2SP_120039_20220607_B4.TIF', 'LC09_L2SP_120039_20220607_B4.TIF'],
    ['s3://b/S2A_x/S2B_y/B04.tif', 'S2B_y'],
    ['s3://b/s2-copies/B04.tif', null],
    ['s3://b/LC03_L1/B4.tif', null],
  ])('%s: %s', (url, product) => {
    expect(productOf(url)).toBe(product);
  });
});
