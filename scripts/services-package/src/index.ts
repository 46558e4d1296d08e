export { findChromium } from "./chromium.ts";
export { bringDebianPackage, librariesIn } from "./debian-package.ts";
export { reservePort } from "./port.ts";
export { startRedis, type RedisServer } from "./redis.ts";
