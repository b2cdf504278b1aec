import { spawn } from "node:child_process";

/** What opens an address in the browser that somebody has chosen, by system. None of them is a shell: an address stays one word. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
  darwin: ["open"],
};

/** Opens an address in the browser. It outlives this process. @returns whether there is something that opens it */
export function openBrowser(address: string, platform = process.platform): Promise<boolean> {
  const [program, ...words] = OPENERS[platform] ?? ["xdg-open"];
  return new Promise((resolve) => {
    const child = spawn(program, [...words, address], { detached: true, stdio: "ignore", windowsHide: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
    child.unref();
  });
}
