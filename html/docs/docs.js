// Swagger UI over /openapi.json. An API key is typed in here and lives in this page only; where the UI keeps one for its
// tab (src/api/key.ts), it serves here too.
const page = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null,
  onComplete: () => {
    try {
      const key = sessionStorage.getItem('eksgate.key');
      if (key) page.preauthorizeApiKey('key', key);
    } catch {
      // Storage may be switched off: the key is typed in then.
    }
  },
});
