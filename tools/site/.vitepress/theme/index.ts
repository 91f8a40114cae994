/** The default theme, with the width that tables of a reference want. */
import theme from 'vitepress/theme-without-fonts';
import './style.css';

export default theme;
