// SPDX-License-Identifier: MIT
// The panel of labels: what each value of each key accounts for; a click filters, a button groups. Below
// it all filters as text, and what the profile says of itself.

const VALUES_SHOWN = 8;
const opened = new Map(); // key -> what was typed to find values; there: all are shown

function drawLabels() {
	const filter = labelFilter.read();
	const keys = new Map((data.labels || []).map((label) => [label.key, label]));
	// What is ignored, or left out by another filter, stays to be taken back.
	for (const map of [filter.focus, filter.ignore])
		for (const [key, values] of map) {
			const label = keys.get(key) || { key, values: [] };
			keys.set(key, label);
			for (const value of values)
				if (!label.values.some((v, i) => i % 3 === 0 && v === value))
					label.values = [...label.values, value, 0, 0];
		}
	const section = byId('labels');
	section.replaceChildren(make('h2', {}, 'Labels'));
	if (!keys.size)
		section.append(note('No samples with labels are here.'));
	else
		section.append(note('Click a value to keep only its samples; Shift and click, or ⊘, to drop them.'));
	for (const label of [...keys.values()].sort((a, b) => (a.key < b.key ? -1 : 1)))
		section.append(drawKey(label, filter));
}

function drawKey(label, filter) {
	const { key } = label;
	const isGrouped = groupKeys().includes(key);
	const rows = [];
	for (let i = 0; i < label.values.length; i += 3)
		rows.push({ text: label.values[i], sum: label.values[i + 1], isNumber: label.values[i + 2] === 1 });
	const list = make('ul');
	const more = rows.length > VALUES_SHOWN;
	const fill = () => {
		const wanted = opened.get(key);
		const regex = wanted ? toSearch(wanted) : null;
		const isSet = (r) => filter.focus.get(key)?.has(r.text) || filter.ignore.get(key)?.has(r.text);
		const shown = opened.has(key) ? rows.filter((r) => !regex || regex.test(r.text)).slice(0, 200)
			: rows.filter((r, i) => (i < VALUES_SHOWN && r.sum) || isSet(r));
		list.replaceChildren(...shown.map((row) => drawValue(key, row, filter)));
		if (label.more && opened.has(key))
			list.append(make('li', { class: 'quiet' }, `and ${formatCount(label.more)} lighter ones: ${formatBoth(label.rest)}`));
	};
	const find = make('input', { type: 'search', class: 'find', placeholder: 'Find a value',
		'aria-label': `Find a value of ${key}`, hidden: !opened.has(key),
		oninput: () => { opened.set(key, find.value); fill(); } });
	find.value = opened.get(key) || '';
	const open = make('button', { class: 'plain-button', 'aria-expanded': String(opened.has(key)), onclick: () => {
		if (opened.has(key))
			opened.delete(key);
		else
			opened.set(key, '');
		drawLabels();
	} }, opened.has(key) ? 'fewer' : `all ${formatCount(rows.length + (label.more || 0))}`);
	fill();
	return make('div', { class: 'key', 'data-key': key },
		make('h3', {}, make('span', {}, key), make('button', { class: 'group', 'aria-pressed': String(isGrouped),
			title: `Put ${key} above the stacks (tagroot)`, onclick: () => toggleGroup(key) }, isGrouped ? 'grouped' : 'group by')),
		find, list, more ? open : null);
}

function drawValue(key, { text, sum, isNumber }, filter) {
	const isFocused = Boolean(filter.focus.get(key)?.has(text));
	const isIgnored = Boolean(filter.ignore.get(key)?.has(text));
	// A number that was rounded for people names no range.
	const isChoice = !isNumber || /^-?\d+[A-Za-z]*$/.test(text);
	const toggle = (kind) => labelFilter.toggle(kind, key, text, isNumber);
	const bar = make('span', { class: 'bar' });
	bar.style.width = Math.min(100, data.total ? Math.abs(sum / data.total) * 100 : 0) + '%';
	return make('li', { class: isIgnored ? 'ignored' : isFocused ? 'focused' : '' }, bar,
		make('button', { class: 'value', disabled: !isChoice, 'aria-pressed': String(isFocused), title: `${key}=${text}`,
			'data-value': text, onclick: (event) => toggle(event.shiftKey ? 'ignore' : 'focus') },
		make('span', { class: 'text' }, text || '(empty)'), make('span', { class: 'sum' }, formatValue(sum)),
		make('span', { class: 'share' }, formatShare(sum, data.total))),
		make('button', { class: 'ignore', disabled: !isChoice, 'aria-pressed': String(isIgnored),
			title: `Drop ${key}=${text}`, 'aria-label': `Drop ${key} ${text}`, onclick: () => toggle('ignore') }, '⊘'));
}

// --- filters in force, each with a way out ----------------------------------------------------------

function drawChips() {
	const chips = [];
	const chip = (name, text, changes) => chips.push(make('span', { class: 'chip' }, make('b', {}, name), ' ' + text,
		make('button', { 'aria-label': `Remove ${name} ${text}`, onclick: () => go(changes) }, '×')));
	const filter = labelFilter.read();
	const without = (kind, prefix, name) => filter[kind].forEach((values, key) => values.forEach((value) => {
		const rest = labelFilter.read();
		rest[kind].get(key).delete(value);
		chip(prefix + key, value, { [name]: labelFilter.write(rest)[name] });
	}));
	for (const [name, option] of Object.entries(OPTION)) {
		const value = param(name);
		if (!value || ['si', 'g', 'n', 'unit'].includes(name))
			continue;
		if (!data.served && !CLIENT.includes(name))
			chips.push(make('span', { class: 'chip' }, make('b', {}, option), ' ' + value));
		else if (name === 'tf' && !filter.typed.tf && filter.focus.size)
			without('focus', '', name);
		else if (name === 'ti' && !filter.typed.ti && filter.ignore.size)
			without('ignore', 'not ', name);
		else if (name === 'tagroot')
			groupKeys().forEach((key) => chip('grouped by', key, { tagroot: groupKeys().filter((k) => k !== key).join(',') }));
		else
			chip(option, value, { [name]: '' });
	}
	byId('chips').replaceChildren(...chips);
	byId('chips').hidden = !chips.length;
}

const FIELDS = [
	['f', 'Focus', 'stacks with a matching function'], ['i', 'Ignore', 'stacks without one'],
	['h', 'Hide', 'matching frames'], ['s', 'Show', 'only matching frames'], ['sf', 'Show from', 'what is below a match'],
	['tf', 'Label focus', 'key=regex or key=1kb:2kb'], ['ti', 'Label ignore', 'key=regex'],
	['ts', 'Label show', 'keys'], ['th', 'Label hide', 'keys'], ['tagroot', 'Labels at the root', 'key,key'],
	['tagleaf', 'Labels at the leaf', 'key,key'], ['n', 'Nodes', 'of graph and top'],
];

function drawRefine() {
	const refine = byId('refine');
	refine.hidden = !data.served;
	if (refine.hidden)
		return;
	const inputs = FIELDS.map(([name, , hint]) => {
		const input = make('input', { name, placeholder: hint, spellcheck: 'false', autocomplete: 'off' });
		input.value = param(name);
		return input;
	});
	const granularity = make('select', { name: 'g' }, ['', 'functions', 'filefunctions', 'files', 'lines', 'addresses']
		.map((g) => make('option', { value: g, selected: g === param('g') }, g || 'as the view needs')));
	const apply = (event) => {
		event.preventDefault();
		const changes = { g: granularity.value };
		inputs.forEach((input) => { changes[input.name] = input.value; });
		go(changes);
	};
	refine.replaceChildren(make('summary', {}, 'Filters'), make('form', { onsubmit: apply },
		FIELDS.map(([, title], i) => make('label', {}, make('span', {}, title), inputs[i])),
		make('label', {}, make('span', {}, 'Granularity'), granularity),
		make('div', { class: 'buttons' }, make('button', { type: 'submit' }, 'Apply'),
			make('a', { href: data.view, class: 'button' }, 'Reset'))));
}

function drawAbout() {
	const files = data.served ? [link('Save as one HTML file', {}, 'html'), make('a', { href: 'download' }, 'Download the profile')] : [];
	byId('about').replaceChildren(make('summary', {}, 'About this profile'),
		...[...(data.about || []), ...files].map((line) => make('p', {}, line)));
}
