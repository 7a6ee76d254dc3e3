import { EngineError } from "../errors.ts";

/** A device that this machine, browser or installation does not have; the message says what it takes. */
export class DeviceError extends EngineError {
  override name = "DeviceError";
  readonly device: string;

  constructor(device: string, reason: string, options?: ErrorOptions) {
    super(`device ${device}: ${reason}`, options);
    this.device = device;
  }
}
