import { execSync } from "child_process";

export function sh(command: string) {
  return execSync(command).toString(); // expect: taint shell
}

export const archive = (path: string) => execSync(`tar c ${path}`);
