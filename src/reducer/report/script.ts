/**
 * @pure The only script of a report: the switch of language, kept for the next visit, and details that open for print.
 * Its digest stands in the page's content policy, so that nothing else can run; a test holds the two together.
 */
export const SCRIPT = `(function(){var d=document,h=d.documentElement,t=d.getElementById("title-words"),s=d.querySelector(".switch"),b=s.querySelectorAll("button");function set(l){h.lang=l;d.title=t.getAttribute("data-"+l.slice(0,2));for(var i=0;i<b.length;i++)b[i].setAttribute("aria-pressed",String(b[i].value===l))}function kept(){try{return localStorage.getItem("citysink-language")}catch(e){return null}}s.hidden=false;for(var i=0;i<b.length;i++)b[i].addEventListener("click",function(){set(this.value);try{localStorage.setItem("citysink-language",this.value)}catch(e){}});set(kept()||(/^zh/.test(navigator.language)?"zh-Hans":"en"));addEventListener("beforeprint",function(){var a=d.querySelectorAll("details");for(var i=0;i<a.length;i++)a[i].open=true})})()`;

/** Base64 of the SHA-256 of SCRIPT. */
export const SCRIPT_SHA256 = 'HNA5+3WkQotdMor40RS420r+m7Ag+CWIbHEGgIgzjPE=';
