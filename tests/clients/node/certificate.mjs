// The certificate by whose key an application proves itself, for the programs that do so.

import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

export const file = process.env.PROGRAM_CERTIFICATE;
const begin = "-----BEGIN CERTIFICATE-----";
const [key, rest] = readFileSync(file, "utf8").split(begin);
export const privateKey = key.trim();
export const certificate = begin + rest;
export const thumbprint = process.env.PROGRAM_THUMBPRINT;
export const thumbprintSha256 = createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
