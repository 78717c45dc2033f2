/** The way from the page to the phone's store of drafts; loaded when the wizard opens. */
export { openInstallDrafts } from '#lib/offline/install-draft.ts';
