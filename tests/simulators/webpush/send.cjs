// SPDX-License-Identifier: Apache-2.0
// Sends one push with the npm package web-push: what the simulator takes from others. Standard input: {"subscription",
// "payload", "options"}; prints the status of the answer.
'use strict';
const webpush = require('web-push');

const { subscription, payload, options } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
webpush.sendNotification(subscription, payload, options).then(
  (answer) => console.log(answer.statusCode),
  (error) => console.log(error.statusCode || String(error)),
);
