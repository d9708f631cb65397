// SPDX-License-Identifier: MIT
// The other views: top, peek, source, graph.

const ROWS_SHOWN = 500;

// --- top ------------------------------------------------------------------------------------------

// Columns: title, and what orders by it; the first click puts the largest first.
const byFlat = (r) => Math.abs(r.flat), byCum = (r) => Math.abs(r.cum), byName = (r) => r.name;
const COLUMNS = [['flat', byFlat], ['flat%'], ['sum%'], ['cum', byCum], ['cum%'], ['name', byName]];
const BY_COLUMNS = [['value', byFlat], ['share'], ['sum%'], ['name', byName]];

const cell = (kind, ...content) => make('td', { class: kind || null }, content);
const heads = (titles) => make('thead', {}, make('tr', {}, titles.map((t) => make('th', { scope: 'col', class: t }, t))));

function topRows(by) {
	if (!by)
		return data.top.map(([name, file, flat, flatText, cum, cumText]) => ({ name, file, flat, flatText, cum, cumText }));
	const label = data.labels.find((l) => l.key === by) || { values: [] };
	const rows = [];
	for (let i = 0; i < label.values.length; i += 3) {
		const [name, flat, isNumber] = label.values.slice(i, i + 3);
		rows.push({ name, flat, flatText: formatValue(flat), isNumber: isNumber === 1 });
	}
	return rows;
}

function drawTop(main) {
	const by = data.labels?.some((l) => l.key === param('by')) ? param('by') : '';
	const columns = by ? BY_COLUMNS : COLUMNS;
	const [column, direction] = (param('order') || columns[0][0]).split(' ');
	const order = columns.find(([title, key]) => title === column && key) || columns[0];
	const regex = param('q') ? toSearch(param('q')) : null;
	const all = topRows(by);
	const rows = all.filter((r) => !regex || regex.test(r.name));
	// As they came, for the largest; else by the column.
	if (order !== columns[0] || direction)
		rows.sort((a, b) => {
			const x = order[1](a), y = order[1](b);
			return (x < y ? 1 : x > y ? -1 : 0) * (typeof x === 'string' ? -1 : 1);
		});
	if (direction === 'up')
		rows.reverse();
	let sum = 0;
	const head = columns.map(([title, key]) => {
		const isHere = title === order[0];
		const isUp = isHere && direction === 'up';
		const next = isHere && !isUp ? `${title} up` : title;
		const text = title === 'name' && by ? by : title;
		const rises = isUp === (title !== 'name');
		return make('th', { scope: 'col', class: title, 'aria-sort': !isHere ? null : rises ? 'ascending' : 'descending' },
			key ? make('button', { onclick: () => go({ order: next }) }, text + (isHere ? (isUp ? ' ▴' : ' ▾') : '')) : text);
	});
	const body = rows.slice(0, ROWS_SHOWN).map((r) => {
		sum += r.flat;
		return make('tr', {}, by ? byCells(by, r, sum) : functionCells(r, sum));
	});
	const choices = [['', 'function'], ...(data.labels || []).map((l) => [l.key, l.key])];
	const choose = make('select', { id: 'by', onchange: () => go({ by: choose.value, order: '' }) },
		choices.map(([value, text]) => make('option', { value, selected: value === by }, text)));
	const notes = [`${formatCount(rows.length)} of ${formatCount(all.length)} rows`];
	if (rows.length > ROWS_SHOWN)
		notes.push(`the first ${ROWS_SHOWN} are shown`);
	main.append(make('div', { class: 'lead' }, make('label', { class: 'field' }, 'By ', choose), quiet(notes.join(', '))),
		make('table', { id: 'top' }, make('thead', {}, make('tr', {}, head)), make('tbody', {}, body)),
		make('div', { class: 'quiet lines' }, (data.head || []).map((line) => make('p', {}, line))));
}

function meter(value) {
	const bar = make('span', { class: 'bar' });
	bar.style.width = Math.min(100, data.total ? Math.abs(value / data.total) * 100 : 0) + '%';
	return bar;
}

// Where else a function can be seen.
const linksTo = (expression) => ['source', 'peek'].map((view) =>
	link(view, { f: expression, p: '', q: '', order: '', by: '' }, view));
const actions = (...links) => make('span', { class: 'actions' }, links);

function functionCells(r, sum) {
	const name = r.name || '(no name)';
	return [cell('', r.flatText), cell('', formatShare(r.flat, data.total)), cell('', formatShare(sum, data.total)),
		cell('metered', meter(r.cum), r.cumText), cell('', formatShare(r.cum, data.total)),
		cell('name', link(name, { p: exactly(r.name), q: '', order: '', by: '' }, 'flamegraph'), actions(...linksTo(exactly(r.name))))];
}

function byCells(by, r, sum) {
	const toggle = (kind) => () => labelFilter.toggle(kind, by, r.name, r.isNumber);
	const button = (text, kind) => make('button', { class: 'plain-button', onclick: toggle(kind) }, text);
	return [cell('metered', meter(r.flat), r.flatText), cell('', formatShare(r.flat, data.total)),
		cell('', formatShare(sum, data.total)),
		cell('name', make('span', {}, r.name), actions(button('only', 'focus'), button('drop', 'ignore')))];
}

// --- peek -----------------------------------------------------------------------------------------

// Lines of the report: what is behind the bar is a name.
function drawPeek(main) {
	const lines = data.text.split('\n').map((line) => {
		const match = /^(.*\| +)(\S.*?)((?: \(inline\))?)$/.exec(line);
		if (!match || /calls%/.test(line))
			return line + '\n';
		const isNode = /\| $/.test(match[1]);
		return make('span', { class: isNode ? 'node' : '' }, match[1], link(match[2], { f: exactly(match[2]) }), match[3], '\n');
	});
	main.append(make('pre', { id: 'text', tabindex: 0 }, lines));
}

// --- source ---------------------------------------------------------------------------------------

// The listing, a routine after the other; what costs nothing is folded away.
function drawSource(main) {
	const routines = [];
	for (const line of data.text.split('\n')) {
		const head = /^ROUTINE =+ (.*) in (.*)$/.exec(line);
		const total = /^ *(\S+) +(\S+) \(flat, cum\) +(\S+) of Total$/.exec(line);
		const row = /^ *(\S+) +(\S+) +(\d+):(.*)$/.exec(line);
		const last = routines[routines.length - 1];
		if (head)
			routines.push({ name: head[1], file: head[2], lines: [], notes: [] });
		else if (last && total)
			[, last.flat, last.cum, last.share] = total;
		else if (last && row)
			last.lines.push({ flat: row[1], cum: row[2], number: row[3], text: row[4] });
		else if (line && !line.startsWith('Total:'))
			(last || routines[routines.push({ name: '', file: '', lines: [], notes: [] }) - 1]).notes.push(line);
	}
	routines.sort((a, b) => parseFloat(b.share || 0) - parseFloat(a.share || 0));
	main.append(...routines.map((routine, i) => drawRoutine(routine, i < 3)));
}

// How much of the largest a number with a unit is; lines of one report may have several units.
function amount(text) {
	const match = /^(-?\d[\d.]*)(.*)$/.exec(text);
	if (!match)
		return 0;
	const unit = data.units.find(([name]) => name === match[2]);
	return Math.abs(parseFloat(match[1])) * (unit ? unit[1] : 1);
}

function drawRoutine(routine, isOpen) {
	const most = Math.max(...routine.lines.map((l) => amount(l.cum)), 0);
	const hottest = routine.lines.find((l) => most > 0 && amount(l.cum) === most);
	const rows = [];
	let folded = [];
	const isNear = (i) => routine.lines.slice(Math.max(0, i - 3), i + 4).some((l) => l.cum !== '.');
	const flush = () => {
		const lines = folded;
		folded = [];
		if (lines.length < 4) {
			rows.push(...lines);
			return;
		}
		const unfold = () => more.replaceWith(...lines);
		const more = make('tr', { class: 'more' }, make('td', { colspan: 4 },
			make('button', { class: 'plain-button', onclick: unfold }, `${lines.length} lines`)));
		rows.push(more);
	};
	routine.lines.forEach((l, i) => {
		const heat = most > 0 ? amount(l.cum) / most : 0;
		const row = make('tr', { class: l === hottest ? 'hottest' : '' }, cell('', l.flat), cell('', l.cum),
			cell('number', l.number), cell('code', l.text || ' '));
		row.style.setProperty('--heat', Math.round(heat * 100) + '%');
		if (isNear(i)) {
			flush();
			rows.push(row);
		} else {
			folded.push(row);
		}
	});
	flush();
	const sum = routine.cum ? `flat ${routine.flat}, cum ${routine.cum} (${routine.share})` : '';
	return make('details', { class: 'routine', open: isOpen },
		make('summary', {}, make('strong', {}, routine.name || 'Listing'), quiet(' ' + routine.file), make('span', { class: 'sum' }, sum)),
		routine.notes.map(note),
		rows.length ? make('table', {}, heads(['flat', 'cum', 'line', 'source']), make('tbody', {}, rows)) : null);
}

// Without a function there is nothing to list: the heaviest to choose from.
function drawChoice(main) {
	const rows = [...data.top].sort((a, b) => Math.abs(b[4]) - Math.abs(a[4])).slice(0, 60)
		.map(([name, , , , cum, cumText]) => make('tr', {}, cell('metered', meter(cum), cumText),
			cell('', formatShare(cum, data.total)), cell('name', link(name || '(no name)', { f: exactly(name) }))));
	main.append(make('p', { class: 'lead' }, 'Choose a function, or set Focus among the filters.'),
		make('table', { id: 'choice' }, heads(['cum', 'cum%', 'name']), make('tbody', {}, rows)));
}

// --- graph ----------------------------------------------------------------------------------------

// What dot drew, without its frame; a drag moves, the wheel zooms, a click on a box goes to its flames.
function drawGraph(main) {
	// Old versions of dot forget to escape some ampersands.
	const parsed = new DOMParser().parseFromString(data.svg.replace(/&;/g, '&amp;'), 'image/svg+xml');
	if (parsed.querySelector('parsererror')) {
		main.append(make('p', { class: 'lead' }, 'The drawing of dot cannot be read.'));
		return;
	}
	const svg = document.importNode(parsed.documentElement, true);
	svg.querySelectorAll('script, .cluster').forEach((element) => element.remove());
	svg.querySelectorAll('g.node').forEach((node) => { // the legend: the page has it
		if (!/^N\d/.test(node.querySelector('title')?.textContent))
			node.remove();
	});
	svg.querySelector('g.graph > polygon')?.remove();
	const view = make('div', { id: 'graph', tabindex: 0, role: 'img',
		'aria-label': 'Call graph. Arrow keys move, + and - zoom, 0 shows all.' }, svg);
	main.append(view);
	svg.querySelectorAll('title').forEach((title) => title.remove());
	const graph = svg.querySelector('g.graph');
	if (!graph || !graph.getBBox().width)
		return;
	graph.removeAttribute('transform');
	svg.removeAttribute('viewBox');
	svg.setAttribute('width', '100%');
	svg.setAttribute('height', '100%');
	const box = graph.getBBox();
	let zoom = 1, x = 0, y = 0, from = null, isDragged = false;
	const apply = () => graph.setAttribute('transform', `translate(${x},${y}) scale(${zoom})`);
	const zoomAt = (px, py, factor) => {
		x = px - (px - x) * factor;
		y = py - (py - y) * factor;
		zoom *= factor;
		apply();
	};
	const fit = (isWhole) => {
		// A graph too large to be read as a whole is begun at its root.
		zoom = Math.min((view.clientWidth - 24) / box.width, (view.clientHeight - 24) / box.height, 1);
		zoom = Math.max(zoom, isWhole ? 0 : 0.35);
		x = (view.clientWidth - box.width * zoom) / 2 - box.x * zoom;
		y = 12 - box.y * zoom;
		apply();
	};
	view.addEventListener('wheel', (e) => {
		const r = view.getBoundingClientRect();
		zoomAt(e.clientX - r.left, e.clientY - r.top, 1.0015 ** -e.deltaY);
		e.preventDefault();
	}, { passive: false });
	view.addEventListener('pointerdown', (e) => { from = [e.clientX - x, e.clientY - y]; isDragged = false; });
	view.addEventListener('pointermove', (e) => {
		if (!from)
			return;
		isDragged = isDragged || Math.hypot(e.clientX - x - from[0], e.clientY - y - from[1]) > 3;
		[x, y] = [e.clientX - from[0], e.clientY - from[1]];
		apply();
	});
	addEventListener('pointerup', () => { from = null; });
	view.addEventListener('dblclick', () => fit(true));
	view.addEventListener('keydown', (e) => {
		const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
		if (moves[e.key]) {
			x += moves[e.key][0];
			y += moves[e.key][1];
			apply();
		} else if ('+=-'.includes(e.key)) {
			zoomAt(view.clientWidth / 2, view.clientHeight / 2, e.key === '-' ? 1 / 1.25 : 1.25);
		} else if (e.key === '0') {
			fit(true);
		} else {
			return;
		}
		e.preventDefault();
	});
	view.addEventListener('click', (e) => {
		const title = e.target.closest('g.node')?.querySelector('a')?.getAttributeNS('http://www.w3.org/1999/xlink', 'title');
		const name = title?.replace(/ \([^()]*\)$/, '');
		e.preventDefault();
		if (name && !isDragged && data.served)
			location.assign(address({ p: exactly(name) }, 'flamegraph'));
	});
	fit();
}
