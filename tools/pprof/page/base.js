// SPDX-License-Identifier: MIT
'use strict';
// What all views use: the data, the state in the address, numbers as text, elements.
//
// Served, the state is in the query; what the server needs to know loads another page, the rest (SOFT) is
// drawn anew. In a file it is behind the '#', and all of it is drawn here.

const data = JSON.parse(document.getElementById('data').textContent);
const SOFT = new Set(['p', 'q', 'invert', 'by', 'order']);
// Parameters of the address, and the options that they set.
const OPTION = {
	f: 'focus', i: 'ignore', h: 'hide', s: 'show', sf: 'show_from', prunefrom: 'prune_from',
	tf: 'tagfocus', ti: 'tagignore', ts: 'tagshow', th: 'taghide', tagroot: 'tagroot', tagleaf: 'tagleaf',
	g: 'granularity', n: 'nodecount', si: 'sample_index', unit: 'unit',
};
const CLIENT = data.served ? [] : ['tf', 'ti', 'tagroot'];

const byId = (id) => document.getElementById(id);

function readParams() {
	return new URLSearchParams(data.served ? location.search : location.hash.slice(1));
}
let params = readParams();

// The value of a parameter: what the address says, or the command line did.
function param(name) {
	if (params.has(name))
		return params.get(name);
	const isApplied = data.served || !CLIENT.includes(name);
	return (isApplied && data.options[OPTION[name]]) || '';
}

function withParams(changes) {
	const next = new URLSearchParams(params);
	for (const [name, value] of Object.entries(changes)) {
		// What the command line has set must be cleared in so many words.
		if (value === '' && !(data.served && data.options[OPTION[name]]))
			next.delete(name);
		else
			next.set(name, value);
	}
	return next.toString();
}

function address(changes, view) {
	const query = withParams(changes);
	if (!data.served)
		return '#' + query;
	return (view || data.view) + (query ? '?' + query : '');
}

// Go to another state; a small step (typing) leaves no trace in the history.
function go(changes, isSmall) {
	const next = address(changes);
	if (data.served && Object.keys(changes).some((name) => !SOFT.has(name))) {
		location.assign(next);
		return;
	}
	history[isSmall ? 'replaceState' : 'pushState'](null, '', next);
	params = readParams();
	draw();
}

// --- elements -------------------------------------------------------------------------------------

// An element with attributes (on...: a listener) and children; texts are texts, never markup.
function make(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith('on'))
			element.addEventListener(name.slice(2), value);
		else if (value === true)
			element.setAttribute(name, '');
		else if (value !== false && value != null)
			element.setAttribute(name, value);
	}
	element.append(...children.flat().filter((child) => child != null));
	return element;
}

const quiet = (text) => make('span', { class: 'quiet' }, text);
const note = (text) => make('p', { class: 'quiet' }, text);

function link(text, changes, view, attributes) {
	return make('a', { href: address(changes, view), ...attributes }, text);
}

// --- numbers --------------------------------------------------------------------------------------

// As pprof's unit "auto": the largest unit that leaves at least 1.
function formatValue(value) {
	if (data.ratio > 0 && data.ratio !== 1)
		value = Math.trunc(value * data.ratio);
	const units = data.units;
	if (!value)
		return '0';
	let best = units.length === 1 ? units[0] : null;
	for (const unit of units)
		if ((!best || unit[1] >= best[1]) && Math.abs(value) / unit[1] >= 1)
			best = unit;
	const [name, factor] = best || units[0] || ['', 1];
	return (value / factor).toFixed(2).replace(/\.00$/, '') + name;
}

function formatShare(value, total) {
	const share = total ? Math.abs(value / total) * 100 : 0;
	if (share >= 99.95 && share <= 100.05)
		return '100%';
	return (share >= 1 || share === 0 ? share.toFixed(share ? 2 : 0) : Number(share.toPrecision(2))) + '%';
}

const formatBoth = (value) => `${formatValue(value)} (${formatShare(value, data.total)})`;
const formatCount = (count) => count.toLocaleString('en');

// --- expressions ----------------------------------------------------------------------------------

// A text as a regular expression that matches it, in a list of tagfocus too: no comma, no '='.
function quote(text) {
	return text.replace(/[.*+?^${}[\]\\\/]/g, '\\$&')
		.replace(/[,=|():\x00-\x20]/g, (c) => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0'));
}

function unquote(text) {
	return text.replace(/\\x([0-9a-f]{2})/g, (all, hex) => String.fromCharCode(parseInt(hex, 16)))
		.replace(/\\([^\w])/g, '$1');
}

const exactly = (name) => '^' + quote(name) + '$';

// What a user types; what is no expression is found as it is.
function toRegex(text, flags = 'u') {
	try {
		return new RegExp(text, flags);
	} catch {
		return new RegExp(text.replace(/[.*+?^${}()|[\]\\\/]/g, '\\$&'), flags);
	}
}

// --- filters on labels ----------------------------------------------------------------------------

// tagfocus asks for one value of each key: ^key:(a|b)$,^other:(c)$
// tagignore drops what has any: ^(key:a|other:c)$
// A number is a range of its own: key=64B. Other expressions are kept as they were typed.
const labelFilter = {
	read() {
		const filter = { focus: new Map(), ignore: new Map(), typed: {} };
		const add = (map, key, value) => map.set(key, (map.get(key) || new Set()).add(value));
		for (const part of param('tf').split(',').filter(Boolean)) {
			const match = /^\^([^:(]*):\(([^()]*)\)\$$/.exec(part);
			const number = /^([^=]+)=(-?\d+[A-Za-z]*)$/.exec(part);
			if (match)
				match[2].split('|').forEach((v) => add(filter.focus, unquote(match[1]), unquote(v)));
			else if (number)
				add(filter.focus, number[1], number[2]), (filter.typed.number = true);
			else
				filter.typed.tf = param('tf');
		}
		const match = /^\^\(([^()]*)\)\$$/.exec(param('ti'));
		if (match)
			for (const both of match[1].split('|'))
				add(filter.ignore, unquote(both.split(':')[0]), unquote(both.split(':')[1] || ''));
		else if (/^([^=]+)=(-?\d+[A-Za-z]*)$/.test(param('ti')))
			add(filter.ignore, ...param('ti').split('='));
		else if (param('ti'))
			filter.typed.ti = param('ti');
		if (filter.typed.tf)
			filter.focus.clear();
		return filter;
	},
	write(filter) {
		const list = (map, each) => [...map].filter(([, values]) => values.size).map(each);
		const tf = list(filter.focus, ([key, values]) => `^${quote(key)}:(${[...values].map(quote).join('|')})$`);
		const ti = list(filter.ignore, ([key, values]) => [...values].map((v) => quote(key) + ':' + quote(v)).join('|'));
		return { tf: tf.join(','), ti: ti.length ? `^(${ti.join('|')})$` : '' };
	},
	// Add a value to the focus or to what is ignored, or take it out again.
	toggle(kind, key, value, isNumber) {
		const name = kind === 'focus' ? 'tf' : 'ti';
		if (isNumber) {
			const range = `${key}=${value}`;
			go({ [name]: param(name) === range ? '' : range });
			return;
		}
		const filter = this.read();
		if (filter.typed.number && data.served) // one range, or texts
			filter.focus.clear();
		for (const map of [filter.focus, filter.ignore]) {
			const values = map.get(key) || new Set();
			if (map === filter[kind] && !values.has(value))
				map.set(key, values.add(value));
			else
				values.delete(value);
		}
		go(this.write(filter));
	},
	matches(filter, labels) { // labels: [key, value, ...]
		const has = (map, key) => {
			for (let i = 0; i < labels.length; i += 2)
				if (labels[i] === key && map.get(key).has(labels[i + 1]))
					return true;
			return false;
		};
		for (const [key, values] of filter.focus)
			if (values.size && !has(filter.focus, key))
				return false;
		for (const key of filter.ignore.keys())
			if (has(filter.ignore, key))
				return false;
		return true;
	},
};

// To search for: lower case finds both cases.
const toSearch = (text) => toRegex(text, text === text.toLowerCase() ? 'iu' : 'u');

const groupKeys = () => param('tagroot').split(',').filter(Boolean);

function toggleGroup(key) {
	const keys = groupKeys();
	go({ tagroot: (keys.includes(key) ? keys.filter((k) => k !== key) : [...keys, key]).join(','), p: '' });
}
