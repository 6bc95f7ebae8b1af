// What a build contains, from the build itself: the shared libraries the binary links (ldd) with their Debian packages, the
// packages of the header-only libraries compiled into it, and the npm packages bundled into the dashboard (lock file,
// without what only builds or tests it). Equal builds give equal lists: the time is SOURCE_DATE_EPOCH.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const binary = process.argv[2];
const root = fileURLToPath(new URL('..', import.meta.url));
const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Compiled in as headers; the Debian package holds the version. The first installed one counts. */
const headerOnly = [['libboost1.81-dev', 'libboost1.83-dev'], ['nlohmann-json3-dev'], ['libcli11-dev']];

function debianVersion() {
  return readFileSync('/etc/os-release', 'utf8').match(/^ID=(.*)$/m)[1].replaceAll('"', '');
}

/** The licence of most files, from a machine-readable copyright file; undefined when it is prose. */
function licenceOf(name) {
  const file = `/usr/share/doc/${name}/copyright`;
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  if (!/^Format: .*copyright-format/m.test(text)) return undefined;
  const everything = text.split(/\n\s*\n/).find((part) => /^Files: *\*\s*$/m.test(part));
  return everything?.match(/^License: *(\S.*)$/m)?.[1].trim();
}

function debianComponent(name) {
  const format = '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${Homepage}\t${db:Status-Status}\n';
  const [row] = run('dpkg-query', '-W', `-f=${format}`, name).trim().split('\n');
  const [pkg, version, architecture, source, homepage, status] = row.split('\t');
  if (status !== 'installed') throw new Error(`${name} is not installed`);
  const distribution = debianVersion();
  const licence = licenceOf(pkg);
  return {
    type: 'library',
    'bom-ref': `pkg:deb/${distribution}/${pkg}@${encodeURIComponent(version)}?arch=${architecture}`,
    name: pkg,
    version,
    purl: `pkg:deb/${distribution}/${pkg}@${encodeURIComponent(version)}?arch=${architecture}`,
    ...(licence ? { licenses: [{ license: { name: licence } }] } : {}),
    ...(homepage ? { externalReferences: [{ type: 'website', url: homepage }] } : {}),
    properties: [{ name: 'debian:source', value: source }],
  };
}

/** The package that owns a file; Debian knows some libraries by the path without /usr, some with it. */
function ownerOf(path) {
  const real = realpathSync(path);
  for (const name of new Set([path, real, path.replace(/^\/usr/, ''), real.replace(/^\/usr/, ''), `/usr${path}`])) {
    try {
      return run('dpkg-query', '-S', name).split('\n')[0].split(':')[0];
    } catch {
      // not known by this name
    }
  }
  throw new Error(`no package owns ${path}`);
}

function sharedLibraries() {
  const paths = [...run('ldd', binary).matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map((match) => match[1]);
  if (paths.length === 0) throw new Error(`ldd finds no libraries in ${binary}`);
  return [...new Set(paths.map(ownerOf))];
}

function headerLibraries() {
  return headerOnly.map((names) => {
    const found = names.find((name) => {
      try {
        return run('dpkg-query', '-W', '-f=${db:Status-Status}', name) === 'installed';
      } catch {
        return false;
      }
    });
    if (!found) throw new Error(`none of ${names.join(', ')} is installed`);
    return found;
  });
}

/** What ends up in the bundle: everything in the lock file that is not there for building or testing alone. */
function npmComponents() {
  const { packages } = JSON.parse(readFileSync(`${root}/web/package-lock.json`, 'utf8'));
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional && !entry.optional && !entry.link)
    .map(([path, { version, integrity, license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
      const sha512 = integrity?.match(/^sha512-(\S+)/)?.[1];
      return {
        type: 'library',
        'bom-ref': purl,
        name,
        version,
        purl,
        ...(license ? { licenses: [{ license: { name: license } }] } : {}),
        ...(sha512 ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }] } : {}),
      };
    });
}

const version = run(binary, '--version').match(/^freellmapi (\S+)/)[1];
const self = `pkg:generic/freellmapi@${version}`;
const found = [...new Set([...sharedLibraries(), ...headerLibraries()])].map(debianComponent).concat(npmComponents());
const components = [...new Map(found.map((component) => [component['bom-ref'], component])).values()]; // npm may hold one twice
components.sort((a, b) => (a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0));
const sha256 = createHash('sha256').update(readFileSync(binary)).digest('hex');
const id = createHash('sha256').update(sha256 + JSON.stringify(components)).digest('hex');

process.stdout.write(`${JSON.stringify({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: `urn:uuid:${id.slice(0, 8)}-${id.slice(8, 12)}-5${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`,
  version: 1,
  metadata: {
    timestamp: new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString(),
    component: {
      type: 'application',
      'bom-ref': self,
      name: 'freellmapi',
      version,
      purl: self,
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-256', content: sha256 }],
    },
  },
  components,
  dependencies: [{ ref: self, dependsOn: components.map((component) => component['bom-ref']) }],
}, null, 2)}\n`);
