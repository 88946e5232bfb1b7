/** Every namespace of the pages in one chunk, fetched when somebody asks for this language. */
export default import.meta.glob<Record<string, unknown>>(['../../locales/ar/*.json', '!**/desktop.json'], {
  eager: true,
  import: 'default',
})
