export { ownNetwork } from "../memory/namespace.js";
