/** Ways to a receiver, for the wizard's page, which may not reach into lib/field itself. */
export {
  openBluetoothReceiver,
  openCableReceiver,
  openSimulatedReceiver,
  receiverKinds,
  SIMULATED_FAULTS,
  type InstallReceiver,
} from '#lib/field/install-receiver.ts';
