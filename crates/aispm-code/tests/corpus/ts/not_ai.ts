import { exec } from "child_process";
import axios from "axios";

export async function deploy(branch: string) {
  const { data } = await axios.get("https://ci.example/" + branch);
  exec(`git checkout ${data.branch}`);
  document.body.innerHTML = data.html;
}
