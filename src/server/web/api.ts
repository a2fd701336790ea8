/** Questions to the server, and its errors as it words them. */

export interface Problem {
  readonly where: string;
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problems: readonly Problem[];
  readonly remedy: string;

  constructor(status: number, body: unknown) {
    const { error } = (body ?? {}) as {
      error?: { code?: string; message?: string; problems?: Problem[]; remedy?: string };
    };
    super(error?.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = error?.code ?? 'HTTP';
    this.problems = error?.problems ?? [];
    this.remedy = error?.remedy ?? '';
  }
}

export function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, signal === undefined ? {} : { signal });
}

export function postJson<T>(path: string, body: unknown = {}): Promise<T> {
  return ask<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, { ...init, credentials: 'same-origin' });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, body);
  return body as T;
}
