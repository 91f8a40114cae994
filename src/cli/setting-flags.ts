/** A flag for each setting of the daemon but the accounts: a command line is no place for their secrets. */
import { type Command, Option } from 'commander';
import { settingTexts } from '../config/setting-texts.js';
import { defaultOf, flagOf, isSettingName, type SettingName, settingNames } from '../config/settings.js';

const withFlags: readonly SettingName[] = settingNames
  .filter(isSettingName)
  .filter((name) => !('isSecret' in settingTexts[name]));

/** Commander calls an option as the setting is called. */
export function addSettingFlags(command: Command): Command {
  for (const name of withFlags) {
    const byDefault = defaultOf(name);
    const means = withoutMarkdown(settingTexts[name].means);
    command.addOption(new Option(`${flagOf(name)} <value>`, byDefault === null ? means : `${means} (${byDefault})`));
  }
  return command;
}

/** Those of the options that are settings. */
export const settingFlags = (options: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(options).filter((entry): entry is [string, string] => isSettingName(entry[0])));

const withoutMarkdown = (text: string): string => text.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('`', '');
