export { findChromium } from "./chromium.ts";
export { bringDebianPackage, librariesIn } from "./debian-package.ts";
export { startRedis, type RedisServer } from "./redis.ts";
