// What programs written with @kubernetes/client-node do: each subcommand prints what it saw, which must not depend on
// the way to the cluster (KUBECONFIG). The namespace is that of NS.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { Readable, Writable } from "node:stream";
import * as k8s from "@kubernetes/client-node";

const namespace = process.env.NS;
const config = new k8s.KubeConfig();
config.loadFromFile(process.env.KUBECONFIG);
const core = config.makeApiClient(k8s.CoreV1Api);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const map = (name, data) => ({ namespace, body: { metadata: { name }, data } });

function collect() {
  const parts = [];
  const sink = new Writable({ write: (part, _, done) => (parts.push(part), done()) });
  sink.text = () => Buffer.concat(parts).toString();
  return sink;
}

async function startPod(file, name, isReady) {
  await core.createNamespacedPod({ namespace, body: k8s.loadYaml(readFileSync(file, "utf8")) });
  for (let n = 0; n < 600; n++) {
    const pod = await core.readNamespacedPod({ name, namespace });
    if (isReady(pod.status)) return;
    await pause(100);
  }
  throw new Error(`${name} did not start`);
}

async function objects() {
  await core.createNamespacedConfigMap(map("one", { value: "1" }));
  for (const [strategy, body] of [
    ["merge", { data: { value: "merge" } }],
    ["strategic-merge", { data: { value: "strategic" } }],
    ["json", [{ op: "replace", path: "/data/value", value: "json" }]],
  ]) {
    const type = `application/${strategy}-patch+json`;
    const options = k8s.setHeaderOptions("Content-Type", type);
    const patched = await core.patchNamespacedConfigMap({ name: "one", namespace, body }, options);
    console.log(strategy, patched.data.value);
  }
  const listed = await core.listNamespacedPod({ namespace: "payments" });
  console.log("listed:", listed.items.map((pod) => pod.metadata.name).join(" "));
  try {
    await core.readNamespacedPod({ name: "nosuch", namespace });
  } catch (error) {
    console.log("not there:", error.code, error.body);
  }
  console.log("deleted:", (await core.deleteNamespacedConfigMap({ name: "one", namespace })).status);
}

async function watching() {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const seen = [];
  const request = await new k8s.Watch(config).watch(
    path,
    { fieldSelector: "metadata.name=one" },
    (type, object) => seen.push(`${type}/${object.metadata.name}`),
    () => {},
  );
  const informer = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
  const added = [];
  informer.on("add", (object) => added.push(object.metadata.name));
  await informer.start();
  await core.createNamespacedConfigMap(map("one", { value: "1" }));
  await core.deleteNamespacedConfigMap({ name: "one", namespace });
  for (let n = 0; n < 100 && (seen.length < 2 || !added.includes("one")); n++) await pause(100);
  request.abort();
  await informer.stop();
  console.log("watched:", seen.join(" "), "informed:", added.includes("one"));

  const sink = collect();
  await startPod("counter.yaml", "counter", (status) => status.containerStatuses?.[0].started);
  await new k8s.Log(config).log(namespace, "counter", "main", sink, { follow: true });
  for (let n = 0; n < 300 && !sink.text().includes("done"); n++) await pause(100);
  console.log(sink.text());
}

async function streams() {
  const ready = (status) => status.containerStatuses?.length === 2 && status.containerStatuses.every((one) => one.ready);
  await startPod("box.yaml", "box", ready);
  const out = collect();
  const err = collect();
  const command = ["sh", "-c", "read line; echo out $line; echo err >&2; exit 7"];
  const status = await new Promise((resolve, reject) => {
    const input = Readable.from(["hello\n"]);
    new k8s.Exec(config).exec(namespace, "box", "web", command, out, err, input, false, resolve).catch(reject);
  });
  console.log(`exec: ${out.text()}${err.text()}${status.message}`);

  const terminal = collect();
  const typed = new Readable({ read() {} });
  const attached = await new k8s.Attach(config).attach(namespace, "box", "main", terminal, null, typed, true);
  typed.push("echo =$((6 * 7))\n");
  for (let n = 0; n < 200 && !terminal.text().includes("\n=42"); n++) await pause(100);
  console.log("attach:", terminal.text().includes("\n=42"));
  attached.close();

  const forward = new k8s.PortForward(config);
  const server = createServer((socket) => forward.portForward(namespace, "box", [8000], socket, null, socket));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const answer = await new Promise((resolve, reject) => {
    const socket = connect(server.address().port, "127.0.0.1");
    let text = "";
    socket.on("data", (data) => (text += data));
    socket.on("error", reject);
    const timer = setInterval(() => text.includes("hello") && (clearInterval(timer), resolve(text)), 50);
    setTimeout(() => reject(new Error(`port-forward gave ${text}`)), 20000);
    socket.write("GET /small HTTP/1.0\r\n\r\n");
  });
  console.log("port-forward:", answer.split("\r\n")[0], answer.trim().endsWith("hello"));
  server.close();

  mkdirSync("there", { recursive: true });
  writeFileSync("there/file", "copied\n".repeat(10000));
  await new k8s.Cp(config).cpToPod(namespace, "box", "web", "there", "/tmp");
  await pause(1000);
  const sum = collect();
  await new Promise((resolve, reject) => {
    const words = ["sh", "-c", "sort -u /tmp/file; wc -c </tmp/file"];
    new k8s.Exec(config).exec(namespace, "box", "web", words, sum, null, null, false, resolve).catch(reject);
  });
  console.log("to the pod:", sum.text());
  mkdirSync("back", { recursive: true });
  await new k8s.Cp(config).cpFromPod(namespace, "box", "web", "file", "back", "/tmp");
  const back = () => (existsSync("back/file") ? readFileSync("back/file", "utf8") : "");
  for (let n = 0; n < 200 && back().length < 70000; n++) await pause(100);
  console.log("from the pod:", back() === readFileSync("there/file", "utf8"), back().length);
}

await { objects, watching, streams }[process.argv[2]]();
process.exit(0);
