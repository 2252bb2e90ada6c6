// What pages do beyond links and forms: `/` goes to the search box, a problem gets the focus, live pages hear what happens and renew
// themselves, a file may be chosen in place of pasting it, what somebody is typing is kept in their browser until it was sent, and things
// are found as their names are typed.
"use strict";

document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        const box = document.getElementById("q");
        if (box) {
            event.preventDefault();
            box.focus();
        }
    }
});

// What stands behind `#`; nothing where somebody wrote what is no such text.
const behind = (hash) => {
    try {
        return decodeURIComponent(hash.slice(1));
    } catch {
        return "";
    }
};

const problem = document.querySelector(".problem");
if (problem) problem.focus();

// What the summary leads to is shown and gets the focus, wherever it is folded away.
document.addEventListener("click", (event) => {
    const link = event.target.closest(".problem a[href^='#']");
    const place = link && document.getElementById(behind(link.hash));
    if (!place) return;
    event.preventDefault();
    for (let around = place.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    place.focus();
    place.scrollIntoView({ block: "center" });
});

// A form is sent once.
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "post") {
        // Half a date is sent as none, and nobody would be told.
        const half = [...form.elements].find((field) => field.validity?.badInput);
        if (half && !event.submitter?.formNoValidate) {
            event.preventDefault();
            half.reportValidity();
            return;
        }
        if (form.dataset.sent) event.preventDefault();
        form.dataset.sent = "1";
    }
});

// An invitation that stands at the end of a link, where no server sees it, goes into its field.
const invited = document.querySelector("main input[name=invitation]:not([type=hidden])");
if (invited && location.hash.length > 1 && !invited.value) {
    invited.value = behind(location.hash);
    history.replaceState(null, "", location.pathname + location.search);
}

// Drafts: by the form's address and by whose session it is, so that nobody finds another's on the same machine. The next page that
// comes without a problem has taken it over, and the draft is dropped.
const KEPT = "lienthong-draft:";
const draft = document.querySelector("form[data-draft]");
if (draft) {
    const key = KEPT + document.body.dataset.who + draft.dataset.draft;
    const fields = () => [...draft.elements].filter((field) => field.name && !["hidden", "submit"].includes(field.type));
    const shown = fields().map((field) => field.type === "checkbox" ? field.checked : field.value);
    const kept = JSON.parse(localStorage.getItem(key) ?? "null");
    const note = document.getElementById("draft");
    // What the hub refused is on the page already, newer than any draft.
    if (kept && !problem && kept.before === JSON.stringify(shown)) {
        for (const field of fields()) {
            const value = kept.values[field.name];
            if (value === undefined) continue;
            if (field.type === "checkbox") field.checked = value;
            else field.value = value;
        }
        note.hidden = false;
        note.querySelector("button").addEventListener("click", () => {
            localStorage.removeItem(key);
            location.reload();
        });
    }
    draft.addEventListener("input", () => {
        const values = Object.fromEntries(fields().map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]));
        localStorage.setItem(key, JSON.stringify({ before: JSON.stringify(shown), values }));
    });
}
if (document.querySelector("p.done")) {
    Object.keys(localStorage).filter((key) => key.startsWith(KEPT + document.body.dataset.who)).forEach((key) => localStorage.removeItem(key));
}

// A file may be chosen in place of pasting what it says. It is read here; the form sends the text.
const chooser = document.querySelector("[data-fills]");
if (chooser) {
    const { fills, most, large } = chooser.dataset;
    chooser.hidden = false;
    chooser.querySelector("input").addEventListener("change", async (event) => {
        const [file] = event.target.files;
        if (!file) return;
        const fits = file.size <= Number(most);
        if (fits) document.querySelector(`textarea[name="${fills}"]`).value = await file.text();
        chooser.querySelector("[role=status]").textContent = fits ? file.name : large;
    });
}

// Things that are chosen by name, found as one types: a combobox with a list (WAI-ARIA, "list autocomplete with manual selection"). What
// is chosen goes into the form as the same identifier that the search without JavaScript gives.
const pick = (box) => {
    const { pick: kind, many, none, count } = box.dataset;
    const input = box.querySelector("[data-words]");
    const told = box.querySelector(".picked");
    const lines = many ? box.querySelector("textarea") : null;
    const list = document.createElement("ul");
    list.id = `ds-${input.name}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.querySelector("label").textContent);
    list.hidden = true;
    input.closest(".line").after(list);
    const set = (name, value) => input.setAttribute(name, value);
    set("role", "combobox");
    set("aria-autocomplete", "list");
    set("aria-expanded", "false");
    set("aria-controls", list.id);
    box.querySelector("button[name=find]").hidden = true;
    let at = -1;
    let waiting = null;
    let asked = "";
    const close = () => {
        list.hidden = true;
        at = -1;
        set("aria-expanded", "false");
        input.removeAttribute("aria-activedescendant");
    };
    const options = () => [...list.children];
    const mark = (next) => {
        const all = options();
        if (!all.length) return;
        at = (next + all.length) % all.length;
        all.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
        set("aria-activedescendant", all[at].id);
        all[at].scrollIntoView({ block: "nearest" });
    };
    const choose = (option) => {
        if (lines) {
            const known = lines.value.split("\n").map((line) => line.trim()).filter(Boolean);
            if (!known.includes(option.dataset.id)) known.push(option.dataset.id);
            lines.value = known.join("\n");
            input.value = "";
        } else {
            input.value = option.dataset.id;
        }
        told.textContent = option.dataset.name;
        close();
        (lines ?? input).dispatchEvent(new Event("input", { bubbles: true }));
        clearTimeout(waiting);
    };
    const search = async () => {
        const words = input.value.trim();
        asked = words;
        if (!words) return close();
        const answer = await fetch(`/api/v1/search?limit=8&kind=${kind}&q=${encodeURIComponent(words)}`).catch(() => null);
        if (!answer?.ok || asked !== words || document.activeElement !== input) return;
        const { items } = await answer.json();
        list.replaceChildren(...items.map((hit, number) => {
            const option = document.createElement("li");
            option.id = `${list.id}-${number}`;
            option.setAttribute("role", "option");
            option.setAttribute("aria-selected", "false");
            option.dataset.id = hit.id;
            option.dataset.name = document.documentElement.lang === "en" && hit.name.en ? hit.name.en : hit.name.vi;
            option.append(option.dataset.name, " ", Object.assign(document.createElement("code"), { textContent: hit.id }));
            option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(option); });
            return option;
        }));
        at = -1;
        list.hidden = items.length === 0;
        set("aria-expanded", String(items.length > 0));
        told.textContent = items.length ? `${items.length} ${count}` : none;
    };
    input.addEventListener("input", (event) => {
        if (!event.isTrusted) return;
        clearTimeout(waiting);
        waiting = setTimeout(search, 200);
    });
    input.addEventListener("keydown", (event) => {
        // Keys of an input method are its own: a letter that is being composed would be typed twice.
        if (event.isComposing) return;
        const open = !list.hidden;
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            if (open) mark(at + (event.key === "ArrowDown" ? 1 : (at < 0 ? 0 : -1)));
            else search();
        } else if (event.key === "Enter" && open) {
            event.preventDefault();
            choose(options()[Math.max(at, 0)]);
        } else if (event.key === "Escape" && open) {
            event.preventDefault();
            close();
        }
    });
    input.addEventListener("blur", close);
};
document.querySelectorAll("[data-pick]").forEach(pick);

// Of legal bases those for the purpose that was chosen come first; the others stay, in their own group.
const narrows = document.querySelector("select[data-narrows]");
if (narrows) {
    const groups = document.querySelectorAll(`select[name="${narrows.dataset.narrows}"] optgroup[data-for]`);
    const narrow = () => groups.forEach((group) => { group.hidden = group.dataset.for !== narrows.value; group.disabled = group.hidden; });
    narrows.addEventListener("change", narrow);
    narrow();
}

// Live pages: what happens is heard as server-sent events, and the page is fetched anew, at most every two seconds. Where no events
// come it is fetched every thirty. The pill says which, and since when the figures are as they are.
const live = document.querySelector("[data-live]");
if (live) {
    const { live: address, on, polling, lost } = live.dataset;
    let state = polling;
    let waiting = null;
    const show = () => {
        const pill = document.querySelector("[data-live]");
        pill.querySelector("b").textContent = state;
        pill.classList.toggle("late", state !== on);
    };
    const renew = async () => {
        waiting = null;
        if (document.hidden) return;
        try {
            const answer = await fetch(address, { headers: { accept: "text/html" } });
            if (!answer.ok) throw new Error(answer.status);
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const main = page.getElementById("main");
            if (main && !document.activeElement.closest("#main a, #main summary, #main button, #main input")) {
                document.getElementById("main").innerHTML = main.innerHTML;
            }
            if (state === lost) state = polling;
        } catch {
            state = lost;
        }
        show();
    };
    const soon = () => { waiting ??= setTimeout(renew, 2000); };
    const source = new EventSource("/api/v1/events");
    source.addEventListener("open", () => { state = on; show(); });
    source.addEventListener("error", () => { state = polling; show(); });
    for (const name of ["change", "usage", "anew"]) source.addEventListener(name, soon);
    setInterval(() => { if (source.readyState !== EventSource.OPEN) renew(); }, 30000);
    document.addEventListener("visibilitychange", soon);
}
