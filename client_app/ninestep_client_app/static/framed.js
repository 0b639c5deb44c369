// Inside the phone, whose own page has the ribbon; nobody else may frame us (frame-ancestors).
if (window.parent !== window) document.documentElement.dataset.framed = "";
