/** Runs a small program on the device named as the first argument, and ends with 1 and the reason when it cannot. */
import { configure, type Device, tensor } from "@paperworks/tensor";

try {
  configure({ device: process.argv[2] as Device });
  await tensor([1, 2])
    .add(tensor([3, 4]))
    .data();
} catch (error) {
  process.stdout.write((error as Error).message);
  process.exitCode = 1;
}
