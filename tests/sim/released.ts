/**
 * One push of every protocol version ever released, as it was sent then. Never edited: that today's
 * server still reads it, hash for hash, is invariant I13.
 */
export const RELEASED_PUSHES: Readonly<Record<number, string>> = {
  1: `
{
  "proto": 1,
  "device": "00000000-0000-7000-8000-00000000000d",
  "epoch": "00000000-0000-7000-8000-00000000000e",
  "capturedN": 3,
  "appVersion": "0.1.0",
  "events": [
    {
      "id": "00000000-0000-7000-8000-000000000100",
      "type": "reading.captured",
      "user": "reader",
      "body": {
        "roundId": 1,
        "meterId": 7,
        "register": 10,
        "value": "1204.317",
        "source": "typed",
        "raw": null,
        "flags": [
          "too-high"
        ],
        "confirmed": true,
        "photos": [
          "abababababababababababababababababababababababababababababababab"
        ]
      },
      "at": {
        "wall": "2026-11-21T10:00:00.000+03:00",
        "mono": 0,
        "boot": "00000000-0000-7000-8000-00000000000b",
        "lastServer": null,
        "offsetMs": null
      },
      "n": 1,
      "epoch": "00000000-0000-7000-8000-00000000000e",
      "v": 1,
      "prev": "0000000000000000000000000000000000000000000000000000000000000000",
      "hash": "3d702a238820109c3448822c35cdda2fd241f9fb0c02b0fc288522c4dcf363f1"
    },
    {
      "id": "00000000-0000-7000-8000-000000000101",
      "type": "access.failed",
      "user": "reader",
      "body": {
        "roundId": 1,
        "meterId": 8,
        "reason": "locked",
        "note": "Ключ у соседа",
        "photos": []
      },
      "at": {
        "wall": "2026-11-21T11:00:00.000+03:00",
        "mono": 1000,
        "boot": "00000000-0000-7000-8000-00000000000b",
        "lastServer": null,
        "offsetMs": null
      },
      "n": 2,
      "epoch": "00000000-0000-7000-8000-00000000000e",
      "v": 1,
      "prev": "3d702a238820109c3448822c35cdda2fd241f9fb0c02b0fc288522c4dcf363f1",
      "hash": "b954a58c2c71de22f461112602e543c93cc48f749c10e2ae46e09a1ce774f545"
    },
    {
      "id": "00000000-0000-7000-8000-000000000102",
      "type": "meter.note",
      "user": "reader",
      "body": {
        "meterId": 9,
        "text": "ü — 5 m³"
      },
      "at": {
        "wall": "2026-11-21T12:00:00.000+03:00",
        "mono": 2000,
        "boot": "00000000-0000-7000-8000-00000000000b",
        "lastServer": null,
        "offsetMs": null
      },
      "n": 3,
      "epoch": "00000000-0000-7000-8000-00000000000e",
      "v": 1,
      "prev": "b954a58c2c71de22f461112602e543c93cc48f749c10e2ae46e09a1ce774f545",
      "hash": "4a9f71ba292e5596e54f061eb12578b81bfc5eb4ecad605ec4e8488b7e9e1abe"
    }
  ],
  "beat": {
    "oldestUnsentAt": null,
    "freeBytes": null,
    "persisted": true,
    "clockOffsetMs": null
  }
}
`,
};
