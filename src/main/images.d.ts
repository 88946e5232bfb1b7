/** Vite puts a small image into the script, as a data URL: beside an archive there is no file to look for. */
declare module '*.png?inline' {
  const dataUrl: string
  export default dataUrl
}
