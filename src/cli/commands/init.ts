import { CitysinkError } from '../../shared/errors.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { type CliContext, folderArgument } from '../context.ts';
import { factorsTemplate, specTemplate } from '../init-template.ts';
import { placeText } from '../place-text.ts';

/** Writes a commented spec and factor table into a folder; what is there already stays. */
export async function initCommand(
  city: string,
  options: { readonly folder: string },
  context: CliContext,
): Promise<number> {
  if (!/^[a-z0-9-]+$/.test(city)) {
    const problem = {
      where: 'CITY',
      message: 'not a name that can be used in paths',
      expected: 'lower-case letters, digits and -',
      found: city,
    };
    throw new CitysinkError('REQUEST_INVALID', 'the city cannot be named so', { problems: [problem] });
  }
  const folder = folderArgument(options.folder);
  const store = context.stores.storeFor(folder);
  for (const [name, text] of [
    ['spec.yaml', specTemplate(city)],
    ['factors.csv', factorsTemplate()],
  ] as const) {
    const url = joinUrl(folder, name);
    const written = await store.create(url, new TextEncoder().encode(text), 'text/plain');
    context.print(
      `${written === 'created' ? 'wrote ' : 'kept  '} ${placeText(url)}${written === 'exists' ? ' (it was there already)' : ''}`,
    );
  }
  context.print('next: name your scenes and zones in spec.yaml, then `citysink plan spec.yaml`');
  return 0;
}
