/** What a prompt is told of the run that came before. */
export interface ParentAccount {
  readonly run: string;
  readonly job: string;
  readonly state: string;
  readonly reason: string | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
}

/** Characters of each stream of the parent that go into a prompt: its head and its tail. */
export const parentStreamLength = 8_000;

/** What an agent is asked: its job's prompt, and before it, in numbered sections, what its parent runs have left. */
export function agentPrompt(prompt: string, parents: readonly ParentAccount[]): string {
  if (parents.length === 0) return prompt;
  const sections = [
    ...parents.map((parent) => ({ title: `What came before: ${parent.job}`, text: accountOf(parent) })),
    { title: 'Your task', text: prompt },
  ];
  return sections.map(({ title, text }, index) => `# ${index + 1}. ${title}\n\n${text}`).join('\n\n');
}

function accountOf({ run, job, state, reason, stdout, stderr }: ParentAccount): string {
  const ending = reason === null ? state : `${state} (${reason})`;
  return [
    `Run ${run} of the job "${job}" has ended: ${ending}.`,
    ...streamOf('standard output', stdout),
    ...streamOf('standard error', stderr),
  ].join('\n\n');
}

/** Between fences that do not occur in it, so that it cannot pass for the task. */
function streamOf(name: string, text: string | null): string[] {
  if (text === null || text === '') return [];
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`Its ${name}:\n${fence}\n${shortened(text)}\n${fence}`];
}

function shortened(text: string): string {
  const characters = [...text];
  if (characters.length <= parentStreamLength) return text.replace(/\n$/, '');
  const half = parentStreamLength / 2;
  const left = characters.length - parentStreamLength;
  return `${characters.slice(0, half).join('')}\n[… ${left} characters are left out …]\n${characters.slice(-half).join('').replace(/\n$/, '')}`;
}
