// What pages do beyond links and forms: `/` goes to the search box, a problem gets the focus, live pages hear what happens and renew
// themselves, a file may be chosen in place of pasting it, and what somebody is typing is kept in their browser until it was sent.
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

const problem = document.querySelector(".problem");
if (problem) problem.focus();

// A form is sent once.
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "post") {
        if (form.dataset.sent) event.preventDefault();
        form.dataset.sent = "1";
    }
});

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
