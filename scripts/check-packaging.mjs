/**
 * Checks electron-builder.yml: by electron-builder's own schema, and by what Lectern promises about what it ships.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './command.mjs'

/** electron-builder's parts are its own dependencies, found as it finds them. */
const ofBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder'))

/** A stolen laptop or a hostile file next to the app must find no door in the binary. */
const FUSES = {
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
  resetAdHocDarwinSignature: false,
}

const TARGETS = { win: ['nsis', 'msi'], mac: ['dmg', 'zip'], linux: ['deb', 'AppImage', 'rpm'] }

const UNPACKED = ['keytar', '@node-rs', '@electric-sql/pglite']

/**
 * @param {any} config of electron-builder
 * @returns {Promise<string[]>} what its own schema has against it
 */
async function schemaProblems(config) {
  const { validateConfiguration } = ofBuilder('app-builder-lib/out/util/config/config.js')
  try {
    await validateConfiguration(config, { isEnabled: false })
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** Every fuse that electron-builder knows: one that comes with a new version has to be chosen as well. */
const knownFuses = () =>
  Object.keys(ofBuilder('app-builder-lib/scheme.json').definitions.FuseOptionsV1.properties)

/** @param {any} config @returns {string[]} */
function fuseProblems({ electronFuses: chosen = {} }) {
  return knownFuses().flatMap((fuse) => {
    if (!(fuse in FUSES)) return [`fuse ${fuse} is new: choose it here and in FUSES`]
    const wanted = FUSES[/** @type {keyof typeof FUSES} */ (fuse)]
    return chosen[fuse] === wanted ? [] : [`fuse ${fuse} must be ${wanted}, and is ${chosen[fuse]}`]
  })
}

/** @param {any} config @returns {string[]} */
function contentProblems({ files = [], asar, asarUnpack = [], npmRebuild }) {
  const problems = []
  const allowed = files.filter((/** @type {string} */ pattern) => !pattern.startsWith('!'))
  if (allowed.length === 0) problems.push('files must be a list of what ships; without one, everything does')
  for (const pattern of allowed) {
    if (!/^(out\/\w+\/\*\*|package\.json)$/.test(pattern)) problems.push(`files lets more in: ${pattern}`)
  }
  for (const wanted of ['!**/*.map', '!node_modules/keytar/prebuilds/!(${platform}-${arch})/**']) {
    if (!files.includes(wanted)) problems.push(`files must keep out ${wanted.slice(1)}`)
  }
  if (asar !== true) problems.push('asar must be true: its integrity is what the fuses check')
  for (const name of UNPACKED) {
    if (!asarUnpack.includes(`node_modules/${name}/**`)) problems.push(`asarUnpack must name ${name}`)
  }
  if (npmRebuild !== false)
    problems.push('npmRebuild must be false: the binaries that packages bring are the tested ones')
  return problems
}

/** @param {any} config @returns {string[]} */
function identityProblems(config) {
  const problems = []
  if (config.appId !== 'org.lectern.desktop')
    problems.push('appId must stay: updates and permissions hang on it')
  const schemes = (config.protocols ?? []).flatMap((/** @type {any} */ protocol) => protocol.schemes)
  if (!schemes.includes('lectern')) problems.push('protocols must register lectern://')
  if (config.publish !== null) problems.push('publish must be null: building publishes nothing')
  if (config.mac?.hardenedRuntime !== true) problems.push('mac.hardenedRuntime must be true to be notarised')
  if (config.msi?.perMachine !== true) problems.push('msi.perMachine must be true: IT installs for everybody')
  for (const [platform, wanted] of Object.entries(TARGETS)) {
    for (const target of wanted) {
      if (!config[platform]?.target?.includes(target))
        problems.push(`${platform}.target must include ${target}`)
    }
  }
  return problems
}

/**
 * @param {string} text of electron-builder.yml
 * @returns {Promise<string[]>} a sentence for each problem
 */
export async function packagingProblems(text) {
  const config = ofBuilder('js-yaml').load(text)
  const own = [...fuseProblems(config), ...contentProblems(config), ...identityProblems(config)]
  // Last: the validator writes defaults and coerced values into what it is given.
  return [...own, ...(await schemaProblems(config))]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = await packagingProblems(readFileSync(join(root, 'electron-builder.yml'), 'utf8'))
  for (const problem of problems) console.error(`electron-builder.yml: ${problem}`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
