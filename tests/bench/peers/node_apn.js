// SPDX-License-Identifier: Apache-2.0
// Pushes through @parse/node-apn, and how many a second. Arguments: host:port, CA file, .p8, token, payload,
// how many, how many at a time.
"use strict";
const fs = require("fs");
const apn = require("@parse/node-apn");

const [origin, ca, key, token, body, count, atATime] = process.argv.slice(2);
const [address, port] = origin.split(":");
const provider = new apn.Provider({
  token: { key, keyId: "KEY1234567", teamId: "TEAM123456" },
  address,
  port: Number(port),
  ca: fs.readFileSync(ca),
});
const { aps, ...payload } = JSON.parse(body);

async function push(number) {
  const note = new apn.Notification({ ...payload });
  note.topic = "com.example.mail";
  note.pushType = "alert";
  note.priority = 10;
  note.expiry = 1764000000;
  note.badge = aps.badge;
  note.collapseId = "mail.bench-registration-" + String(number).padStart(10, "0");
  note.id = "01234567-89ab-4cde-8f01-" + String(number).padStart(12, "0");
  const { failed } = await provider.send(note, token);
  if (failed.length > 0) throw new Error(JSON.stringify(failed[0]));
}

async function main() {
  await push(0);
  let next = 1;
  const start = process.hrtime.bigint();
  const worker = async () => {
    while (next <= Number(count)) await push(next++);
  };
  await Promise.all(Array.from({ length: Number(atATime) }, worker));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ rate: Number(count) / seconds, cpu_us: (user + system) / Number(count) }));
  provider.shutdown();
}

main().catch(error => {
  console.error(String(error));
  process.exit(1);
});
