// SPDX-License-Identifier: MIT
// The flame graph: a tree of stacks, boxes laid out from it on demand, and those in sight as elements.

const ROW = 20; // pixels
const WIDTH_MIN = 0.7; // of a box that is drawn
const TEXT_MIN = 28; // of a box that has a text
const SHARE_MIN = 200; // of one that has its share too

// --- the tree -------------------------------------------------------------------------------------

// Nodes as they come from the server: the parent of a node is before it. Made anew when labels are
// filtered or grouped in the page.
class Tree {
	constructor(parent, source, more, less) {
		const count = parent.length;
		Object.assign(this, { count, parent, source, more, less });
		this.cumMore = Float64Array.from(more);
		this.cumLess = Float64Array.from(less);
		this.child = new Int32Array(count).fill(-1);
		this.next = new Int32Array(count).fill(-1);
		for (let i = count - 1; i >= 0; i--) {
			const p = parent[i];
			if (p < 0)
				continue;
			this.cumMore[p] += this.cumMore[i];
			this.cumLess[p] += this.cumLess[i];
			this.next[i] = this.child[p];
			this.child[p] = i;
		}
	}

	static read(flame) {
		const count = flame.parent.length;
		const parent = new Int32Array(count);
		const less = new Float64Array(count);
		for (let i = 0; i < count; i++)
			parent[i] = flame.parent[i] ? i - flame.parent[i] : -1;
		less.set(flame.less);
		return new Tree(parent, Int32Array.from(flame.source), Float64Array.from(flame.more), less);
	}

	// The outermost nodes of a set of names: each stack once.
	outermost(isWanted) {
		const inside = new Uint8Array(this.count);
		const found = [];
		for (let i = 0; i < this.count; i++) {
			const p = this.parent[i];
			if (p >= 0 && inside[p])
				inside[i] = 1;
			else if (isWanted(this.source[i] >> 1) && this.cumMore[i] + this.cumLess[i] > 0) {
				inside[i] = 1;
				found.push(i);
			}
		}
		return found;
	}
}

// A part of each of some nodes' stacks: `more` and `less` belong to them, wherever we are on the way up.
const entry = (node, more, less) => ({ node, more, less });

// Entries of the same name are one box.
function boxesOf(tree, entries, parent) {
	const boxes = new Map();
	for (const e of entries) {
		const name = tree.source[e.node] >> 1;
		let box = boxes.get(name);
		if (!box) {
			box = { name, isInlined: true, more: 0, less: 0, entries: [], parent };
			boxes.set(name, box);
		}
		box.more += e.more;
		box.less += e.less;
		box.isInlined = box.isInlined && (tree.source[e.node] & 1) === 1;
		box.entries.push(e);
	}
	return [...boxes.values()].sort((a, b) => b.more + b.less - a.more - a.less || a.name - b.name);
}

function callees(tree, box) {
	const entries = [];
	for (const e of box.entries)
		for (let c = tree.child[e.node]; c >= 0; c = tree.next[c])
			if (tree.cumMore[c] + tree.cumLess[c] > 0)
				entries.push(entry(c, tree.cumMore[c], tree.cumLess[c]));
	return boxesOf(tree, entries, box);
}

function callers(tree, box) {
	const entries = [];
	for (const e of box.entries)
		if (tree.parent[e.node] >= 0)
			entries.push(entry(tree.parent[e.node], e.more, e.less));
	return boxesOf(tree, entries, box);
}

// --- labels in the page ----------------------------------------------------------------------------

// The tree of what the filter leaves, below frames for the values of keys. The texts of new frames are
// added to names.
function selectTree(flame, filter, keys, names) {
	const whole = Tree.read(flame);
	const isPlain = ![...filter.focus.values(), ...filter.ignore.values()].some((v) => v.size);
	const labels = flame.sets.map((set) => set.map((text) => flame.texts[text]));
	const sums = new Map(); // key -> value -> sum
	const parts = []; // node, labels, more, less
	const more = Float64Array.from(whole.more);
	const less = Float64Array.from(whole.less);
	for (let i = 0; i < flame.rows.length; i += 3) {
		const [node, set, value] = flame.rows.slice(i, i + 3);
		(value > 0 ? more : less)[node] -= Math.abs(value);
		if (!labelFilter.matches(filter, labels[set]))
			continue;
		parts.push([node, labels[set], Math.max(value, 0), Math.max(-value, 0)]);
		for (let j = 0; j < labels[set].length; j += 2) {
			const [key, text] = labels[set].slice(j, j + 2);
			const values = sums.get(key) || sums.set(key, new Map()).get(key);
			values.set(text, (values.get(text) || 0) + value);
		}
	}
	for (let i = 0; i < whole.count; i++) // what has no labels
		if ((more[i] || less[i]) && labelFilter.matches(filter, []))
			parts.push([i, [], more[i], less[i]]);
	const tree = isPlain && !keys.length ? whole : regroup(whole, parts, keys, names);
	return { tree, labels: labelList(sums) };
}

// The stacks of each group below frames for its values of the keys.
function regroup(whole, parts, keys, names) {
	const parent = [], source = [], more = [], less = [];
	const groups = new Map(), known = new Map();
	const add = (p, s) => {
		source.push(s);
		more.push(0);
		less.push(0);
		return parent.push(p) - 1;
	};
	const frame = (path, key, text) => {
		const id = JSON.stringify([path, key, text]);
		if (!known.has(id))
			known.set(id, add(path, 2 * (names.push({ name: text, file: key, isLabel: true }) - 1)));
		return known.get(id);
	};
	const rootOf = new Map(); // labels -> the last of their frames
	for (const part of parts) {
		const labels = part[1];
		if (!rootOf.has(labels))
			rootOf.set(labels, keys.reduce((path, key) =>
				frame(path, key, labels.filter((_, i) => i % 2 && labels[i - 1] === key).join(',')), -1));
		const root = rootOf.get(labels);
		groups.set(root, groups.get(root) || []).get(root).push(part);
	}
	const copy = new Int32Array(whole.count), group = new Int32Array(whole.count).fill(-2); // copy of a node, in which group
	for (const [root, members] of groups)
		for (const [node, , plus, minus] of members) {
			const path = [];
			let n = node;
			for (; n >= 0 && group[n] !== root; n = whole.parent[n])
				path.push(n);
			let at = n >= 0 ? copy[n] : root;
			while (path.length) {
				n = path.pop();
				at = copy[n] = add(at, whole.source[n]);
				group[n] = root;
			}
			more[at] += plus;
			less[at] += minus;
		}
	return new Tree(Int32Array.from(parent), Int32Array.from(source), Float64Array.from(more), Float64Array.from(less));
}

function labelList(sums) {
	const byKey = [...sums].filter(([key]) => key !== 'pprof::base').sort((a, b) => (a[0] < b[0] ? -1 : 1));
	return byKey.map(([key, values]) => ({
		key,
		values: [...values].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]) || (a[0] < b[0] ? -1 : 1))
			.flatMap(([text, sum]) => [text, sum, 0]),
	}));
}

// --- colours --------------------------------------------------------------------------------------

// What a function belongs to: package, namespace, or the directory of its file.
function familyOf({ name, file }) {
	const cut = name.replace(/[(<[].*/s, '');
	if (cut.includes('::'))
		return cut.slice(0, cut.lastIndexOf('::'));
	const go = /^((?:[^/]*\/)*[^/.]+)\.[^.]/.exec(cut);
	if (go)
		return go[1];
	return file.split('/').slice(-3, -1).join('/') || file;
}

function hueOf(family) {
	let hash = 2166183267; // one that tells the modules of akt apart
	for (let i = 0; i < family.length; i++)
		hash = Math.imul(hash ^ family.charCodeAt(i), 16777619);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	hash ^= hash >>> 16;
	return (hash >>> 0) % 16;
}

function colourClass(name) {
	if (name.isLabel)
		return 'label';
	const isPlain = !name.file && (name.name.startsWith('[') || !/[.:/]/.test(name.name));
	return isPlain ? 'plain' : 'c' + hueOf(familyOf(name));
}

// --- the view -------------------------------------------------------------------------------------

class FlameView {
	constructor(flame) {
		this.flame = flame;
		this.isDiff = flame.less.length > 0;
		this.element = make('div', { id: 'flame', role: 'group',
			'aria-label': 'Flame graph. Arrow keys move, Enter pivots, Escape goes back.' });
		this.scroller = make('div', { id: 'scroll' }, this.element);
		this.bar = make('div', { id: 'pivot' });
		this.key = make('p', { id: 'key', hidden: !this.isDiff }, 'The coloured part of a box is its change: ',
			make('b', { class: 'grown' }, '▲ more'), ' or ', make('b', { class: 'shrunk' }, '▼ less'),
			' than before. Its width is both together.');
		this.scroller.addEventListener('scroll', () => this.paint(), { passive: true });
		for (const [event, run] of [['click', this.onClick], ['keydown', this.onKey], ['focusin', this.onFocus],
			['pointermove', this.onPoint], ['pointerleave', () => { hideTip(); this.rest(); }]])
			this.element.addEventListener(event, run.bind(this));
		new ResizeObserver(() => (this.element.clientWidth === this.width ? this.paint() : this.layout())).observe(this.scroller);
	}

	// Read the state: labels, pivot, direction.
	update() {
		const key = ['tf', 'ti', 'tagroot', 'p', 'invert'].map(param).join('\n');
		if (key === this.drawn) { // another search
			this.search();
			this.paint();
			return;
		}
		this.drawn = key;
		this.names = this.flame.names.map((name, i) => ({ name, file: this.flame.files[this.flame.file[i]] }));
		if (data.served) {
			const keys = groupKeys();
			// The frames of labels have their key for a file.
			this.names.forEach((n) => { n.isLabel = keys.includes(n.file); });
			this.tree = this.tree || Tree.read(this.flame);
		} else {
			const selected = selectTree(this.flame, labelFilter.read(), groupKeys(), this.names);
			this.tree = selected.tree;
			data.labels = selected.labels;
		}
		this.pivot = param('p');
		this.isInverted = param('invert') === '1';
		this.focused = null;
		this.layout();
		this.showPivot();
		this.rest();
		const row = this.pivotBox ? this.pivotBox.row : 0;
		this.scroller.scrollTop = Math.max(0, (row - 8) * ROW);
		this.paint();
	}

	rootEntries() {
		const entries = [];
		const t = this.tree;
		for (let i = 0; i < t.count; i++) {
			const isRoot = this.isInverted ? t.more[i] || t.less[i] : t.parent[i] < 0;
			const from = this.isInverted ? [t.more, t.less] : [t.cumMore, t.cumLess];
			if (isRoot && from[0][i] + from[1][i] > 0)
				entries.push(entry(i, from[0][i], from[1][i]));
		}
		return entries;
	}

	pivotEntries() {
		if (!this.pivot)
			return [];
		const regex = toRegex(this.pivot);
		const wanted = this.names.map((n) => regex.test(n.name));
		return this.tree.outermost((name) => wanted[name])
			.map((i) => entry(i, this.tree.cumMore[i], this.tree.cumLess[i]));
	}

	// Boxes in rows, from the top; only what is wide enough is looked into.
	layout() {
		const width = this.element.clientWidth;
		if (!this.tree || !width)
			return;
		this.width = width;
		const t = this.tree;
		const pivots = this.pivotEntries();
		const sum = (list, key) => list.reduce((total, e) => total + e[key], 0);
		const top = { row: 0, x: 0, w: width, name: -1, entries: [], parent: null };
		const up = [], down = [[top]];
		const spread = (boxes, from, scale, rows, depth) => {
			let x = from;
			for (const box of boxes) {
				box.x = x;
				box.w = (box.more + box.less) * scale;
				x += box.w;
				if (box.w >= WIDTH_MIN)
					(rows[depth] = rows[depth] || []).push(box);
			}
		};
		const grow = (rows, start, kids, scale) => {
			for (let depth = start; depth < rows.length; depth++)
				for (const box of rows[depth])
					spread(kids(t, box), box.x, scale, rows, depth + 1);
		};
		const first = boxesOf(t, pivots.length ? pivots : this.rootEntries(), top);
		top.more = sum(first, 'more');
		top.less = sum(first, 'less');
		const scale = width / Math.max(top.more + top.less, 1e-9);
		spread(first, 0, scale, down, 1);
		grow(down, 1, this.isInverted && !pivots.length ? callers : callees, scale);
		if (pivots.length) {
			up[0] = down[1] || [];
			grow(up, 0, callers, scale);
		}
		// Callers, the farthest first; then all, or the pivot; then callees.
		this.rows = [...up.slice(1).reverse(), ...(pivots.length ? down.slice(1) : down)];
		this.rows.forEach((boxes, row) => boxes.forEach((box) => { box.row = row; }));
		this.pivotBox = pivots.length ? first[0] : null;
		this.upRows = Math.max(0, up.length - 1);
		this.count = this.rows.reduce((total, boxes) => total + boxes.length, 0);
		this.element.style.height = this.rows.length * ROW + 'px';
		this.element.replaceChildren();
		this.painted = new Map();
		this.search();
		this.paint();
	}

	// Names that the search finds; a stack counts once, however many of its frames are found.
	search() {
		const text = param('q');
		this.found = null;
		if (text) {
			const regex = toSearch(text);
			const hits = this.names.map((n) => regex.test(n.name));
			this.found = hits;
			const t = this.tree;
			const value = t.outermost((name) => hits[name])
				.reduce((total, i) => total + t.cumMore[i] - t.cumLess[i], 0);
			const functions = formatCount(hits.filter(Boolean).length);
			showFound(`${formatShare(value, data.total)} found: ${formatValue(value)} in ${functions} functions`);
		} else {
			showFound('');
		}
		for (const row of (this.painted || new Map()).values())
			row.remove();
		this.painted = new Map();
	}

	// --- drawing: the rows in sight, and some around them

	paint() {
		if (!this.rows)
			return;
		const from = Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - 10);
		const to = Math.min(this.rows.length, from + Math.ceil(this.scroller.clientHeight / ROW) + 20);
		for (const [row, element] of this.painted)
			if (row < from || row >= to) {
				element.remove();
				this.painted.delete(row);
			}
		for (let row = from; row < to; row++)
			if (!this.painted.has(row))
				this.paintRow(row);
	}

	paintRow(row) {
		const line = make('div', { class: 'row' });
		line.style.top = row * ROW + 'px';
		for (const box of this.rows[row]) {
			box.element = this.makeBox(box);
			line.append(box.element);
		}
		this.painted.set(row, line);
		this.element.append(line);
	}

	makeBox(box) {
		const element = make('div', { class: 'box ' + this.classOf(box), role: 'button',
			tabindex: this.isFirst(box) ? 0 : -1, 'aria-label': this.describe(box) });
		element.box = box;
		element.style.left = box.x + 'px';
		element.style.width = Math.max(box.w - (box.w > 3 ? 1 : 0), 0.5) + 'px';
		if (this.isDiff) {
			const size = box.more + box.less, net = box.more - box.less;
			element.style.setProperty('--net', (size ? Math.abs(net) / size * 100 : 0) + '%');
		}
		if (box.w >= SHARE_MIN)
			element.append(make('span', { class: 'share' }, formatShare(box.more - box.less, data.total)));
		if (box.w >= TEXT_MIN)
			element.append(make('span', {}, this.titleOf(box)));
		return element;
	}

	// What the status line says when nobody points at anything.
	rest() {
		showStatus(`${formatValue(data.total)} in all. Arrows move, Enter pivots, / searches.`);
	}

	isFirst(box) {
		return this.focused ? box === this.focused : box === (this.pivotBox || this.rows[0][0]);
	}

	classOf(box) {
		const name = this.names[box.name];
		let classes = name ? colourClass(name) : 'all';
		if (this.isDiff)
			classes = 'diff ' + (box.more >= box.less ? 'grown' : 'shrunk') + (name && name.isLabel ? ' key' : '');
		if (box.isInlined)
			classes += ' inlined';
		if (this.pivotBox && box.row === this.upRows)
			classes += ' pivot';
		else if (this.pivotBox && box.row < this.upRows)
			classes += ' caller';
		if (this.found && box.name >= 0)
			classes += this.found[box.name] ? ' hit' : ' dim';
		return classes;
	}

	nameOf(box) {
		if (box.name < 0)
			return this.isInverted ? 'all, by what ran' : 'all';
		const name = this.names[box.name];
		return name.isLabel ? `${name.file}: ${name.name || '(none)'}` : name.name || '(no name)';
	}

	titleOf(box) {
		const net = box.more - box.less;
		const sign = !this.isDiff || !net ? '' : net > 0 ? '▲ ' : '▼ ';
		return sign + this.nameOf(box);
	}

	describe(box) {
		const net = box.more - box.less;
		const sign = this.isDiff && net > 0 ? '+' : '';
		const name = this.nameOf(box) + (box.isInlined ? ' (inline)' : '');
		return `${name} — ${sign}${formatValue(net)}, ${formatShare(net, data.total)}`;
	}

	// The pivot and what can be done with it.
	showPivot() {
		const box = this.pivotBox;
		const boxes = box ? this.rows[this.upRows] : [];
		this.bar.replaceChildren();
		this.bar.hidden = !this.pivot;
		this.bar.append(make('button', { class: 'back', onclick: () => go({ p: '' }) }, '← All'));
		if (!box) {
			this.bar.append(make('span', {}, `No function here matches ${this.pivot}`));
			return;
		}
		const expression = boxes.length === 1 && this.names[box.name].name ? exactly(this.names[box.name].name) : this.pivot;
		const action = (text, name) => make('button', { onclick: () => go({ [name]: expression, p: '' }) }, text);
		const total = boxes.reduce((sum, b) => sum + b.more - b.less, 0);
		this.bar.append(make('strong', { id: 'pivot-name' }, boxes.length === 1 ? this.nameOf(box) : this.pivot),
			make('span', { id: 'pivot-value' }, formatBoth(total)));
		if (data.served && !this.names[box.name].isLabel)
			this.bar.append(make('span', { class: 'actions' }, action('Focus', 'f'), action('Ignore', 'i'),
				action('Hide', 'h'), action('Show from', 'sf'), ...linksTo(expression)));
	}

	// --- pointer and keys

	onClick(event) {
		const element = event.target.closest('.box');
		if (element && getSelection().isCollapsed)
			this.pivotTo(element.box);
	}

	pivotTo(box) {
		hideTip();
		const name = box.name < 0 ? '' : this.names[box.name].name;
		go({ p: name ? exactly(name) : '' });
		this.focusBox(this.pivotBox || this.rows[0][0]);
	}

	onPoint(event) {
		const element = event.target.closest('.box');
		if (!element) {
			hideTip();
			return;
		}
		const box = element.box;
		const lines = [make('strong', {}, this.nameOf(box) + (box.isInlined ? ' (inline)' : ''))];
		if (box.name >= 0 && this.names[box.name].file && !this.names[box.name].isLabel)
			lines.push(make('span', {}, this.names[box.name].file));
		const net = box.more - box.less;
		lines.push(make('span', {}, `${formatValue(net)} — ${formatShare(net, data.total)} of ${formatValue(data.total)}`));
		if (this.isDiff)
			lines.push(make('span', {}, `now ${formatValue(box.more)}, before ${formatValue(box.less)}`));
		showTip(event, lines);
		showStatus(this.describe(box));
	}

	onFocus(event) {
		const element = event.target.closest('.box');
		if (!element)
			return;
		if (this.focused && this.focused.element)
			this.focused.element.tabIndex = -1;
		this.focused = element.box;
		element.tabIndex = 0;
		showStatus(this.describe(element.box));
	}

	focusBox(box) {
		const top = box.row * ROW;
		const s = this.scroller;
		if (top < s.scrollTop)
			s.scrollTop = top - ROW;
		else if (top + 2 * ROW > s.scrollTop + s.clientHeight)
			s.scrollTop = top + 2 * ROW - s.clientHeight;
		this.paint();
		box.element.focus({ preventScroll: true });
	}

	// The box of a row that shares most with this one.
	neighbour(box, row) {
		let best = null, most = 0;
		for (const other of this.rows[row] || []) {
			const shared = Math.min(box.x + box.w, other.x + other.w) - Math.max(box.x, other.x);
			if (shared > most + 0.01) {
				best = other;
				most = shared;
			}
		}
		return best;
	}

	onKey(event) {
		const box = event.target.box;
		if (!box || event.ctrlKey || event.altKey || event.metaKey)
			return;
		const row = this.rows[box.row];
		const at = row.indexOf(box);
		const moves = {
			ArrowLeft: row[at - 1], ArrowRight: row[at + 1], ArrowUp: this.neighbour(box, box.row - 1),
			ArrowDown: this.neighbour(box, box.row + 1), Home: this.rows[0][0],
		};
		if (event.key === 'Enter' || event.key === ' ')
			this.pivotTo(box);
		else if (event.key === 'Escape' && this.pivotBox)
			go({ p: '' });
		else if (moves[event.key])
			this.focusBox(moves[event.key]);
		else if (!(event.key in moves))
			return;
		event.preventDefault();
		event.stopPropagation();
	}
}
