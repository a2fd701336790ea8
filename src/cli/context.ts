import { type Config, readConfig } from '../shared/config.ts';
import { StoreRegistry } from '../shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS, type StoreSettings } from '../shared/io/store-settings.ts';
import { pathToUrl, resolveUrl } from '../shared/io/store-url.ts';
import { createLog, type Log } from '../shared/log.ts';

/** What every command works with: configuration, stores, a log on standard error, and the two streams. */
export interface CliContext {
  readonly config: Config;
  readonly stores: StoreRegistry;
  readonly log: Log;
  /** Results for people or programs: standard output. */
  print(text: string): void;
  /** Progress and notes: standard error. */
  note(text: string): void;
  readonly interactive: boolean;
}

export function createContext(defaultLevel: string): CliContext {
  const config = readConfig();
  return {
    config,
    stores: new StoreRegistry(storeSettings(config)),
    log: createLog(config.logLevel ?? defaultLevel),
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    interactive: process.stderr.isTTY === true,
  };
}

/** Store settings from the environment; path style where an endpoint is named, since few servers have host-style buckets. */
export function storeSettings(config: Config): StoreSettings {
  const { endpoint, pathStyle, anonymous } = config.s3;
  return {
    ...DEFAULT_STORE_SETTINGS,
    s3PathStyle: pathStyle ?? endpoint !== null,
    s3Anonymous: anonymous,
    ...(endpoint === null ? {} : { s3Endpoint: endpoint }),
    ...(config.places === null ? {} : { places: config.places }),
    deadlines: { ...DEFAULT_STORE_SETTINGS.deadlines, wholeCallMs: config.storeDeadlineMs },
    retries: { ...DEFAULT_STORE_SETTINGS.retries, maxAttempts: config.storeAttempts },
  };
}

/** A path or URL as given on the command line, relative to the current folder. */
export function urlArgument(text: string): string {
  return resolveUrl(text, pathToUrl(`${process.cwd()}/`));
}

/** The same for a folder: with the slash at its end that makes names below it relative to it. */
export function folderArgument(text: string): string {
  const url = urlArgument(text);
  return url.endsWith('/') ? url : `${url}/`;
}
