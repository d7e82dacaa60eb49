// SPDX-License-Identifier: Apache-2.0
// The device's side of a subscription: its keys, and what it decrypts with the npm package http_ece.
'use strict';
const crypto = require('crypto');
const ece = require('http_ece');

const HEADER = 16 + 4 + 1 + 65; // RFC 8188, 2.1, with a public key as the key id

class Device {
  constructor(id, origin, applicationServerKey) {
    this.id = id;
    this.endpoint = `${origin}/push/${id}`;
    this.applicationServerKey = applicationServerKey; // base64url; empty: any
    this.state = 'ok';
    this.waiting = new Map(); // by topic, or by a number of its own: RFC 8030, 5.4
    this.key = crypto.createECDH('prime256v1');
    this.key.generateKeys();
    this.auth = crypto.randomBytes(16);
  }

  // As PushSubscription.toJSON() gives it.
  subscription() {
    return {
      endpoint: this.endpoint,
      expirationTime: null,
      keys: { p256dh: this.key.getPublicKey('base64url'), auth: this.auth.toString('base64url') },
    };
  }

  // The payload, the length that it was padded to, and what is wrong with the body although it decrypts.
  decrypt(body) {
    const problems = [];
    if (body.length < HEADER || body[20] !== 65) throw new Error('the key id is no public key on P-256');
    if (body.readUInt32BE(16) < body.length - HEADER) problems.push('more than one record (RFC 8291, 4)');
    const plain = ece.decrypt(body, { version: 'aes128gcm', privateKey: this.key, authSecret: this.auth });
    return {
      payload: JSON.parse(plain.toString('utf8')),
      padded: body.length - HEADER - 16 - 1,
      salt: body.subarray(0, 16).toString('hex'),
      sender: body.subarray(21, HEADER).toString('hex'),
      problems,
    };
  }
}

module.exports = { Device };
