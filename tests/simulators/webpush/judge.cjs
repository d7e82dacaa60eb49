// SPDX-License-Identifier: Apache-2.0
// What a push service may refuse: RFC 8030 (requests), RFC 8291 (bodies) and RFC 8292 (VAPID), by the letter.
'use strict';
const crypto = require('crypto');

const MAX_BODY = 4096; // RFC 8030, 7.2: the least that a service must take
const DAY = 24 * 3600;

class Refusal extends Error {
  constructor(status, note) {
    super(note);
    this.status = status;
  }
}

const refuse = (status, note) => {
  throw new Refusal(status, note);
};

// An uncompressed point on P-256 as a key of Node's.
const publicKey = (base64url) => {
  const point = Buffer.from(base64url, 'base64url');
  if (point.length !== 65 || point[0] !== 4 || point.toString('base64url') !== base64url) {
    refuse(401, 'k is no uncompressed point in base64url (RFC 8292, 3.2)');
  }
  const jwk = {
    kty: 'EC', crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url'),
  };
  try {
    return crypto.createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return refuse(401, 'k is no point on P-256');
  }
};

const partOf = (text) => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return refuse(401, 'a part of the token is no JSON');
  }
};

// RFC 8292, 2 and 3. Returns the public key in base64url and the claims.
const checkVapid = (authorization, origin, now) => {
  const match = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization || '');
  if (!match) refuse(401, 'no VAPID authorization');
  const [, header, body, signature, k] = match;
  const { typ, alg } = partOf(header);
  if (typ !== 'JWT' || alg !== 'ES256') refuse(401, 'the token is no ES256 JWT');
  const key = { key: publicKey(k), dsaEncoding: 'ieee-p1363' };
  if (!crypto.verify('sha256', Buffer.from(`${header}.${body}`), key, Buffer.from(signature, 'base64url'))) {
    refuse(401, 'the signature is another key\'s');
  }
  const claims = partOf(body);
  if (claims.aud !== origin) refuse(401, `aud is ${claims.aud}, and this is ${origin}`);
  if (!Number.isInteger(claims.exp)) refuse(401, 'exp is no whole number');
  if (claims.exp <= now) refuse(401, 'the token has expired');
  if (claims.exp > now + DAY) refuse(401, 'exp is more than a day ahead');
  if ('sub' in claims && !/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(claims.sub)) {
    refuse(401, 'sub is no mailto: or https: URI');
  }
  return { k, claims };
};

const checkHeaders = (headers) => {
  if (!/^\d{1,10}$/.test(headers.ttl || '')) refuse(400, 'TTL is missing or no number (RFC 8030, 5.2)');
  if (Number(headers.ttl) >= 2 ** 31) refuse(400, 'TTL is too large');
  if (headers.urgency !== undefined && !['very-low', 'low', 'normal', 'high'].includes(headers.urgency)) {
    refuse(400, 'no such Urgency (RFC 8030, 5.3)');
  }
  if (headers.topic !== undefined && !/^[\w-]{1,32}$/.test(headers.topic)) {
    refuse(400, 'the Topic is none (RFC 8030, 5.4)');
  }
  if (headers['content-encoding'] !== 'aes128gcm') refuse(400, 'Content-Encoding is not aes128gcm (RFC 8291, 4)');
  for (const legacy of ['crypto-key', 'encryption', 'cookie']) {
    if (legacy in headers) refuse(400, `${legacy} is no header of a push`);
  }
};

// Throws a Refusal. Returns the claims of the VAPID token.
const judge = (method, device, headers, body, origin, now) => {
  if (!device || device.state === 'unknown') refuse(404, 'no such subscription');
  if (device.state === 'gone') refuse(410, 'the subscription ended');
  if (method !== 'POST') refuse(405, 'not POST');
  checkHeaders(headers);
  if (body.length > MAX_BODY) refuse(413, 'more than 4,096 bytes');
  const { k, claims } = checkVapid(headers.authorization, origin, now);
  if (device.applicationServerKey && device.applicationServerKey !== k) refuse(403, 'another applicationServerKey');
  return claims;
};

module.exports = { judge, Refusal };
