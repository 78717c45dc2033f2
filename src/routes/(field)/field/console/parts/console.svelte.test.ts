import { beforeEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import type { Role } from '#lib/domain/role.ts';
import { overwriteGetLocale } from '#lib/i18n/paraglide/runtime.js';
import { ConsoleDesk } from '#lib/state/console.svelte.ts';
import type { EmisDesk } from '#lib/state/console-emis.svelte.ts';
import {
  noTransport,
  NOW,
  scripted,
  type Script,
} from '../../../../../../tests/support/scripted-console.ts';
import '../../../../../app.css';
import ClockPanel from './ClockPanel.svelte';
import Detecting from './Detecting.svelte';
import Journal from './Journal.svelte';
import LogPanel from './LogPanel.svelte';
import MeterScreen from './MeterScreen.svelte';
import Parameters from './Parameters.svelte';
import ProfileView from './ProfileView.svelte';
import RoleBar from './RoleBar.svelte';
import Service from './Service.svelte';
import Topology from './Topology.svelte';
import Transfer from './Transfer.svelte';

const ZONE = 'Europe/Moscow';
const base = { zone: ZONE, now: NOW, onstop: () => {} };

beforeEach(async () => {
  overwriteGetLocale(() => 'en');
  await page.viewport(390, 844);
});

async function found(script: Script = {}, roles: readonly Role[] = ['reader']) {
  const world = scripted(script);
  const desk = new ConsoleDesk(roles, { open: world.open });
  await desk.use(noTransport);
  await desk.detect();
  return { desk, ...world };
}
/** A concentrator, entered with the highest role that the person may take. */
async function concentrator(roles: readonly Role[]) {
  const world = await found({ device: 'emis951' }, roles);
  const emis = world.desk.emis as EmisDesk;
  const role = emis.roles.at(-1)!;
  if (role !== 'reader') expect(await emis.enter(role, 'Kilter951x')).toBe(true);
  return { ...world, emis };
}

test('nobody answers: what was tried, why, and what to look at', async () => {
  const { desk } = await found({ device: null });
  render(Detecting, { desk });
  await expect.element(page.getByText('Nobody answered')).toBeVisible();
  await expect.element(page.getByText(/Wake the meter/)).toBeVisible();
  await expect.element(page.getByText(/What was read before is safe/)).toBeVisible();
  // Every protocol has its row; those that were tried say that nobody answered.
  expect(document.querySelectorAll('ol[aria-label] li')).toHaveLength(8);
  expect(document.querySelectorAll('ol[aria-label] li.none')).toHaveLength(3);
  await expect.element(page.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('the next device begins with nothing of the one before', async () => {
  const { desk } = await found();
  await desk.read();
  expect(desk.readout.value).not.toBeNull();
  await desk.leave();
  await desk.use(noTransport);
  await desk.detect();
  // Only a device of which nothing was asked yet is read by itself.
  expect(desk.readout.at).toBeNull();
  expect(desk.readout.value).toBeNull();
});

test('stopping ends the search and says who stopped it', async () => {
  const { open, pause } = scripted({});
  const desk = new ConsoleDesk(['reader'], { open });
  await desk.use(noTransport);
  const go = pause();
  const detecting = desk.detect();
  render(Detecting, { desk });
  await expect.element(page.getByText('trying')).toBeVisible();
  await page.getByRole('button', { name: 'Stop' }).click();
  await detecting;
  go();
  await expect.element(page.getByText('Stopped by you')).toBeVisible();
  expect(desk.log.at(-1)?.status).toBe('stopped');
});

test('a meter shows canonical and told values and keeps the unknown one', async () => {
  const { desk } = await found();
  await desk.read();
  const query = new URLSearchParams();
  render(MeterScreen, { ...base, desk, device: desk.device!, at: '', query, wide: false });
  await expect.element(page.getByText('1,204.317')).toBeVisible();
  await expect.element(page.getByText(/device: 1204317/)).toBeVisible();
  await expect.element(page.getByText('tariff 2')).toBeVisible();
  expect(document.querySelector('li.unknown')?.textContent).toContain('0C 93 3C');
  await expect.element(page.getByText('48125520')).toBeVisible();
  // The meter itself is no neighbour.
  expect(page.getByRole('button', { name: /48125519/ }).elements()).toEqual([]);
});

test('a closed meter asks for client and password, and forgets them when it is left', async () => {
  const { desk } = await found({ closed: 'association_refused' });
  await desk.read();
  const query = new URLSearchParams();
  render(MeterScreen, { ...base, desk, device: desk.device!, at: '', query, wide: false });
  await page.getByLabelText('Device password', { exact: true }).fill('12345678');
  await page.getByRole('button', { name: 'Enter and read' }).click();
  await expect.element(page.getByText('1,204.317')).toBeVisible();
  expect(desk.access?.password).toBe('12345678');
  await desk.leave();
  expect(desk.access).toBeNull();
});

test('a reader writes nothing and is told why', async () => {
  const { emis } = await concentrator(['reader']);
  await emis.readTicked();
  render(Parameters, { ...base, emis });
  await expect.element(page.getByText('Writing parameters needs the role')).toBeVisible();
  expect(document.querySelectorAll('[data-parameter] button')).toHaveLength(0);
  render(RoleBar, { emis });
  await expect.element(page.getByText(/Your account may only read here/)).toBeVisible();
});

test('ticking groups decides what is read', async () => {
  const { emis } = await concentrator(['reader']);
  render(Parameters, { ...base, emis });
  await page.getByLabelText('Servers: All parameters of the group').click();
  await page.getByRole('checkbox', { name: 'Heartbeat, every' }).click();
  await page.getByRole('button', { name: /^Read the ticked ones/ }).click();
  await expect.element(page.getByText('3 min')).toBeVisible();
  expect(emis.values.has('main_server_address')).toBe(false);
  expect(emis.values.has('heartbeat')).toBe(true);
});

test('a parameter is written, a wrong value is not sent, a refusal is said', async () => {
  const { emis, calls } = await concentrator(['operator']);
  await emis.readTicked();
  render(Parameters, { ...base, emis });
  const edit = page.getByRole('button', { name: 'Change: Main server', exact: true });
  await edit.click();
  const field = page.getByLabelText('New value');
  await field.fill('10.0.0.256');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect.element(page.getByText(/That is no address/)).toBeVisible();
  expect(calls.filter((call) => call.startsWith('write'))).toEqual([]);
  await field.fill('10.20.30.40');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect.element(page.getByText('The device confirms: 10.20.30.40')).toBeVisible();
  await edit.click();
  await field.fill('10.0.0.99');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect.element(page.getByText(/The device answered: closed to this role/)).toBeVisible();
  expect(emis.values.get('main_server_address')?.text).toBe('10.20.30.40');
});

test('a wrong password leaves the role as it was', async () => {
  const { desk } = await found({ device: 'emis951' }, ['admin']);
  const emis = desk.emis!;
  render(RoleBar, { emis });
  await page.getByRole('button', { name: /Role/ }).click();
  await page.getByLabelText('Password of the role “Administrator”').fill('nonsense1');
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await expect.element(page.getByText('The device didn’t let us in')).toBeVisible();
  expect(emis.role).toBe('reader');
});

test('the clock says how far it is off and is set to the phone’s time', async () => {
  const { emis } = await concentrator(['operator']);
  render(ClockPanel, { ...base, emis });
  await page.getByRole('button', { name: 'Read the clock' }).click();
  await expect.element(page.getByText(/The device is .* (behind|ahead)/)).toBeVisible();
  await page.getByRole('button', { name: 'Set to this phone’s time' }).click();
  await expect.element(page.getByText('The clocks agree.')).toBeVisible();
});

test('a profile becomes bars, a sentence and a table', async () => {
  const { emis } = await concentrator(['reader']);
  await emis.readMeters();
  const meter = emis.meters.value![0]!;
  await emis.readProfile(meter, 'daily', null);
  render(ProfileView, {
    ...base,
    ...{ name: 'daily', capacity: 89, serial: meter.serial },
    asked: emis.profile(meter.serial, 'daily'),
    onread: () => {},
  });
  await expect.element(page.getByText(/^89 rows from/)).toBeVisible();
  await expect.element(page.getByText(/A bar is the increase/)).toBeVisible();
  // The first row has none before it, so it has no bar.
  expect(document.querySelectorAll('svg[role="img"] g rect')).toHaveLength(88);
  await page.getByRole('button', { name: 'Show as a table' }).click();
  expect(document.querySelectorAll('tbody tr')).toHaveLength(89);
  expect(document.querySelector('tbody tr td')?.textContent).toBe('812,000');
});

test('the journal has words for all 63 events and shows that it was cleared', async () => {
  const { emis } = await concentrator(['reader']);
  await emis.readJournal(null);
  render(Journal, { ...base, emis });
  const rows = [...document.querySelectorAll('section li')];
  expect(rows).toHaveLength(63);
  expect(rows.filter((row) => /_/.test(row.textContent ?? ''))).toEqual([]);
  await expect.element(page.getByText(/The journal was cleared/)).toBeVisible();
  await page.getByLabelText('Event', { exact: true }).selectOptions('Voltage sag');
  expect(document.querySelectorAll('section li')).toHaveLength(6);
});

test('the tree indents by hops and finds the way of one node', async () => {
  const { emis } = await concentrator(['reader']);
  await emis.readMeters();
  render(Topology, { ...base, emis });
  const depths = [...document.querySelectorAll('li a > i:first-child')].map((el) => el.textContent);
  expect(depths).toEqual(['1', '2', '3', '3', '2', '2', '3', '?']);
  await page.getByRole('searchbox').fill('7');
  await expect.element(page.getByText('Way to the concentrator')).toBeVisible();
  expect(document.querySelectorAll('li.on')).toHaveLength(3);
});

test('a set shows what would change before it is written', async () => {
  const { emis } = await concentrator(['operator']);
  await emis.readTicked();
  render(Transfer, { ...base, emis });
  const set = {
    format: 'kilter-set/1',
    model: 'emis951',
    parameters: { apn: 'meters.example', heartbeat: '3' },
  };
  const input = document.querySelector<HTMLInputElement>('input[type=file]')!;
  const files = new DataTransfer();
  files.items.add(new File([JSON.stringify(set)], 'set.json'));
  input.files = files.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
  await expect.element(page.getByText('1 parameter would change')).toBeVisible();
  await expect.element(page.getByText('was internet')).toBeVisible();
  await page.getByRole('button', { name: 'Write the set' }).click();
  await expect.element(page.getByText('2 of 2 written')).toBeVisible();
});

test('clearing wants the last digits of this device', async () => {
  const { emis, calls } = await concentrator(['admin']);
  render(Service, { ...base, emis });
  const button = page.getByRole('button', { name: 'Clear the data' });
  await page.getByLabelText('Last 4 digits of the serial number').fill('0041');
  await expect.element(page.getByText(/Other digits/)).toBeVisible();
  await expect.element(button).toBeDisabled();
  await page.getByLabelText('Last 4 digits of the serial number').fill('0042');
  await button.click();
  await expect.element(page.getByText(/The data are cleared/)).toBeVisible();
  expect(calls).toContain('clear_data');
});

test('a password is typed twice and a weak one is refused with the rules', async () => {
  const { emis } = await concentrator(['admin']);
  render(Service, { ...base, emis });
  const change = page.getByRole('button', { name: 'Change a password' });
  await page.getByLabelText('New password', { exact: true }).fill('short');
  await page.getByLabelText('Again', { exact: true }).fill('shor');
  await expect.element(page.getByText(/The two don’t match/)).toBeVisible();
  await expect.element(change).toBeDisabled();
  await page.getByLabelText('Again', { exact: true }).fill('short');
  await change.click();
  await expect.element(page.getByText('The password is too weak')).toBeVisible();
});

test('the log opens to frames in the order of time', async () => {
  const { desk } = await found();
  await desk.read();
  render(LogPanel, { log: desk.log, now: NOW });
  const entries = [...document.querySelectorAll('details')];
  expect(entries).toHaveLength(2);
  await userEvent.click(entries[0]!.querySelector('summary')!);
  await expect.element(page.getByText('7e a0 07 03 41 93', { exact: false }).first()).toBeVisible();
  const kinds = [...entries[0]!.querySelectorAll('li')].map((li) => li.textContent ?? '');
  expect(kinds[0]).toContain('port opened');
  expect(kinds[1]).toContain('sent');
  expect(kinds[2]).toContain('received');
});
