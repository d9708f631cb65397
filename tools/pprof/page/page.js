// SPDX-License-Identifier: MIT
// The frame around a view, and what starts it.

const VIEWS = [['flamegraph', 'Flame graph'], ['graph', 'Graph'], ['top', 'Top'], ['peek', 'Peek'], ['source', 'Source']];
let flame = null;

// --- status and tip -------------------------------------------------------------------------------

function showStatus(text) {
	byId('status').textContent = text;
}

function showFound(text) {
	byId('found').textContent = text;
}

function showTip(event, lines) {
	const tip = byId('tip');
	tip.replaceChildren(...lines);
	tip.hidden = false;
	const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
	const below = event.clientY + 18;
	tip.style.left = Math.max(4, x) + 'px';
	tip.style.top = (below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : below) + 'px';
}

function hideTip() {
	byId('tip').hidden = true;
}

// --- light and dark: as the system has it, until somebody chooses -----------------------------------

const theme = {
	system: matchMedia('(prefers-color-scheme: dark)'),
	chosen() {
		try {
			return localStorage.getItem('akt-theme') || '';
		} catch {
			return this.kept || ''; // a page without storage
		}
	},
	apply() {
		const now = this.chosen() || (this.system.matches ? 'dark' : 'light');
		document.documentElement.dataset.theme = now;
		byId('theme').textContent = now === 'dark' ? '☀' : '☾';
		byId('theme').setAttribute('aria-label', now === 'dark' ? 'Light colours' : 'Dark colours');
		byId('theme').title = byId('theme').getAttribute('aria-label');
	},
	toggle() {
		this.kept = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
		try {
			localStorage.setItem('akt-theme', this.kept);
		} catch { /* it is kept as long as the page */ }
		this.apply();
	},
};

// --- head -----------------------------------------------------------------------------------------

function drawHead() {
	const title = [data.title, data.type].filter(Boolean).join(' · ');
	document.title = (title || 'akt pprof') + ' – akt pprof';
	byId('title').textContent = title || 'akt pprof';
	byId('views').replaceChildren(...(data.served ? VIEWS : VIEWS.slice(0, 1)).map(([view, text]) =>
		link(text, { order: '' }, view, { 'aria-current': view === data.view ? 'page' : null })));
	if (data.view === 'flamegraph')
		byId('views').append(make('button', { id: 'invert', 'aria-pressed': String(param('invert') === '1'),
			title: 'What ran first, its callers below (i)', onclick: () => go({ invert: param('invert') === '1' ? '' : '1' }) }, 'Invert'));
	const types = byId('types');
	types.replaceChildren(...data.types.map((type) => make('option', { value: type, selected: [type, 'mean_' + type].includes(data.type) }, type)));
	types.disabled = !data.served || data.types.length < 2;
	if (document.activeElement !== byId('search'))
		byId('search').value = param('q');
	byId('search').closest('label').hidden = !['flamegraph', 'top'].includes(data.view);
	const notes = [...data.warnings];
	if (data.error)
		notes.push(data.error, ...(data.view === 'graph' ? ['The flame graph needs no other program.'] : []));
	if (data.total === 0)
		notes.push('There is nothing of this sample type; another one may have more.');
	if (data.flame && data.flame.cut[0])
		notes.push(`${formatCount(data.flame.cut[0])} light stacks (${formatShare(data.flame.cut[1], data.total)}) are shown ` +
			'without their deepest frames: a page has room for so many.');
	if (data.flame && data.flame.unlabelled[0])
		notes.push(`${formatCount(data.flame.unlabelled[0])} samples (${formatShare(data.flame.unlabelled[1], data.total)}) have lost ` +
			'their labels here: a page has room for so many.');
	if (data.cut)
		notes.push(`The last ${formatCount(data.cut)} bytes are left out of this page.`);
	byId('notes').replaceChildren(...notes.map((note) => make('p', {}, note)));
	byId('notes').hidden = !notes.length;
}

// Draw what the state says.
function draw() {
	const main = byId('main');
	hideTip();
	if (flame) {
		flame.update();
	} else {
		main.replaceChildren();
		main.className = data.view;
		if (data.flame) {
			flame = new FlameView(data.flame);
			main.append(flame.bar, flame.key, flame.scroller);
			flame.update();
		} else if (data.top && data.view === 'top') {
			drawTop(main);
		} else if (data.top) {
			drawChoice(main);
		} else if (data.svg) {
			drawGraph(main);
		} else if (data.text != null) {
			(data.view === 'peek' ? drawPeek : drawSource)(main);
		}
	}
	drawHead();
	drawChips();
	drawLabels();
}

function onKey(event) {
	const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
	if (event.key === '/' && !isTyping) {
		byId('search').focus();
		byId('search').select();
		event.preventDefault();
	} else if (event.key === 'Escape' && event.target === byId('search')) {
		byId('search').value = '';
		go({ q: '' }, true);
		byId('search').blur();
	} else if (event.key === 'Escape' && !isTyping && param('p')) {
		go({ p: '' });
	} else if (event.key === 'Enter' && event.target === byId('search') && flame) {
		const hit = flame.rows.flat().find((box) => flame.found && box.name >= 0 && flame.found[box.name]);
		if (hit)
			flame.focusBox(hit);
	} else if (event.key === 'i' && !isTyping && flame && !event.ctrlKey && !event.metaKey && !event.altKey) {
		byId('invert').click();
	}
}

function togglePanel() {
	const isOpen = document.body.classList.toggle('no-side');
	byId('panel').setAttribute('aria-expanded', String(!isOpen));
}

theme.apply();
theme.system.addEventListener('change', () => theme.apply());
byId('theme').addEventListener('click', () => theme.toggle());
byId('panel').addEventListener('click', togglePanel);
byId('types').addEventListener('change', () => go({ si: byId('types').value }));
byId('search').addEventListener('input', () => go({ q: byId('search').value }, true));
addEventListener('keydown', onKey);
addEventListener('popstate', () => { params = readParams(); draw(); });
if (innerWidth < 760)
	togglePanel();
draw();
drawRefine();
drawAbout();
