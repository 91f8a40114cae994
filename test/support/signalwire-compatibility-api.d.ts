/** The package has types that its own `exports` hide; this is what the tests use of it. */
declare module '@signalwire/compatibility-api' {
  export const RestClient: { readonly LaML: { readonly VoiceResponse: new () => unknown } };
}
